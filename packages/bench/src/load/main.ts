import type { LoadAnswer } from './load-process.ts';
// Started by LoadProcess: does one load, round by round, as it is told.
import type { LoadTarget } from './load.ts';
import { type LoadName, loads } from './loads.ts';

const [name, target] = process.argv.slice(2) as [LoadName, string];
const answer = (message: LoadAnswer): void => {
  process.send?.(message);
};
const fail = (error: unknown): void => {
  answer({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
};

// Nobody listens any more: the benchmark is over, or was killed.
process.once('disconnect', () => process.exit());

try {
  const load = await loads[name](JSON.parse(target) as LoadTarget);
  process.on('message', (seconds: number) => {
    load.round(seconds).then((timing) => {
      answer({ timing });
    }, fail);
  });
  answer({ ready: true });
} catch (error) {
  fail(error);
}
