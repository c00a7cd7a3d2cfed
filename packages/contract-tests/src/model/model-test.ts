import fc from 'fast-check';
import { chapter, check, type Chapter, type Fixture } from '../chapter.ts';
import { programs } from './command.ts';
import { runProgram } from './run.ts';

/** A failure is reported after this long even if a shorter program for it could still be found. */
const shrinkMs = 10_000;

export interface ModelOptions {
  readonly modelRuns: number;
  readonly seed: number | undefined;
}

/**
 * Random programs, judged call by call by a model that knows nothing but the specification. A failure tells the seed, the path
 * and the shortest program found; the same seed makes the same programs.
 */
export function modelChapter({ modelRuns, seed }: ModelOptions): Chapter {
  const body = async ({ store, open }: Fixture): Promise<void> => {
    const clients = [store, await open(), await open()] as const;
    let shrinkUntil = Number.POSITIVE_INFINITY;
    const property = fc.asyncProperty(programs, async (program) => {
      if (performance.now() > shrinkUntil) return;
      try {
        await runProgram(clients, program);
      } catch (error) {
        shrinkUntil = Math.min(shrinkUntil, performance.now() + shrinkMs);
        throw error;
      }
    });
    await fc.assert(property, { numRuns: modelRuns, ...(seed === undefined ? {} : { seed }) });
  };
  return chapter('the model', check(`answers ${modelRuns} random programs as the model does`, body));
}
