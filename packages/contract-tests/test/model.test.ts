import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { programs, type Command } from '../src/model/command.ts';
import { emptyModel, predict } from '../src/model/model.ts';
import { collectContract, inChapters } from './collecting-runner.ts';
import { memoryFactory } from './memory-factory.ts';
import { mutated } from './mutants/mutant.ts';

/** What the programs must come upon; a generator that avoids the difficult answers would prove little. */
const answers: Readonly<Record<Command['op'], readonly string[]>> = {
  create: ['ok', 'THREAD_EXISTS', 'THREAD_ID_USED'],
  fork: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED', 'THREAD_EXISTS', 'THREAD_ID_USED'],
  resume: ['ok', 'WRITER_LIVE', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED', 'FENCED', 'EPOCH_NOT_GRANTED'],
  append: [
    'ok',
    'duplicate',
    'THREAD_NOT_FOUND',
    'THREAD_DELETED',
    'FENCED',
    'EPOCH_NOT_GRANTED',
    'WRITER_RELEASED',
    'SEQUENCE_GAP',
    'SEQUENCE_REUSED',
  ],
  external: ['ok', 'duplicate', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED', 'OPERATION_REUSED'],
  renew: ['ok', 'several lost', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'FENCED', 'EPOCH_NOT_GRANTED', 'WRITER_RELEASED'],
  persist: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'FENCED', 'EPOCH_NOT_GRANTED', 'WRITER_RELEASED'],
  flush: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'FENCED', 'EPOCH_NOT_GRANTED', 'WRITER_RELEASED'],
  shutdown: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'FENCED', 'EPOCH_NOT_GRANTED'],
  discard: ['ok', 'FENCED', 'EPOCH_NOT_GRANTED'],
  load: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED'],
  stream: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED'],
  read: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED'],
  turns: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED'],
  items: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED'],
  update: ['ok', 'THREAD_NOT_FOUND', 'THREAD_DELETED', 'THREAD_ARCHIVED'],
  archive: [
    'ok',
    'WRITER_LIVE',
    'THREAD_NOT_FOUND',
    'THREAD_DELETED',
    'FENCED',
    'EPOCH_NOT_GRANTED',
    'WRITER_RELEASED',
  ],
  unarchive: [
    'ok',
    'WRITER_LIVE',
    'THREAD_NOT_FOUND',
    'THREAD_DELETED',
    'FENCED',
    'EPOCH_NOT_GRANTED',
    'WRITER_RELEASED',
  ],
  delete: ['ok', 'THREAD_NOT_FOUND', 'FENCED', 'EPOCH_NOT_GRANTED', 'WRITER_RELEASED'],
  list: ['empty', 'several'],
};

function answerOf(op: Command['op'], answer: ReturnType<typeof predict>['answer']): string {
  if ('refusal' in answer) return answer.refusal;
  if (op === 'list') return (answer.value as unknown[]).length > 1 ? 'several' : 'empty';
  if (op === 'renew') {
    const [lost, ...others] = answer.value as { reason: string }[];
    return others.length > 0 ? 'several lost' : (lost?.reason ?? 'ok');
  }
  if ((op === 'append' || op === 'external') && (answer.value as { duplicate: boolean }).duplicate) return 'duplicate';
  return 'ok';
}

test('the programs come upon every answer that the model knows', () => {
  const met = new Map<string, number>();
  for (const program of fc.sample(programs, { numRuns: 800, seed: 1 })) {
    let model = emptyModel;
    for (const { command } of program) {
      const { answer, after } = predict(model, command);
      const key = `${command.op} ${answerOf(command.op, answer)}`;
      met.set(key, (met.get(key) ?? 0) + 1);
      model = after;
    }
  }
  const expected = Object.entries(answers).flatMap(([op, kinds]) => kinds.map((kind) => `${op} ${kind}`));
  assert.deepEqual([...met.keys()].toSorted(), expected.toSorted());
});

test('a failure tells the seed, the path and a short program, and the seed repeats it', async () => {
  const factory = memoryFactory((store) => mutated(store, { flushThread: (...args) => store.persistThread(...args) }));
  const failure = async (seed: number): Promise<string> => {
    const [model] = inChapters(collectContract(factory, { seed, modelRuns: 100 }), ['the model']);
    assert.ok(model);
    return model.run().then(
      () => 'passed',
      (error: unknown) => String(error),
    );
  };
  const first = await failure(7);
  expect(first).toMatch(/seed: 7, path: "[\d:]+"/);
  expect(first).toContain('"op":"flush"');
  const programOf = (text: string): string | undefined => /Counterexample: (.*)/.exec(text)?.[1];
  expect(programOf(first)).toBeDefined();
  expect(programOf(await failure(7))).toBe(programOf(first));
});

test('the number of programs is the caller’s', async () => {
  let creations = 0;
  const factory = memoryFactory((store) =>
    mutated(store, {
      listThreads: (...args) => {
        creations += 1;
        return store.listThreads(...args);
      },
    }),
  );
  const calls = async (modelRuns: number): Promise<number> => {
    creations = 0;
    const [model] = inChapters(collectContract(factory, { seed: 3, modelRuns }), ['the model']);
    await model?.run();
    return creations;
  };
  assert.ok((await calls(20)) > 5 * (await calls(2)));
});
