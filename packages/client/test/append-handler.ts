import { ThreadStoreError, type AppendResult, type ThreadStore } from '@threadstore/core';
import {
  appendStreamAnswersToWire,
  renewLeasesFromWire,
  type AppendStreamAnswers,
  type ThreadStoreHandlers,
} from '@threadstore/protocol';

type AppendItems = ThreadStoreHandlers['appendItems'];

/** Answers in the order in which they are there. */
class Answers {
  readonly #settled: AppendStreamAnswers[] = [];
  #underWay = 0;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  /** A rejection ends the stream. */
  add(answers: Promise<AppendStreamAnswers>): void {
    this.#underWay += 1;
    void answers
      .then(
        (ready) => void this.#settled.push(ready),
        (error: unknown) => {
          this.#failure = error instanceof Error ? error : new Error(String(error));
        },
      )
      .then(() => {
        this.#underWay -= 1;
        this.#wake();
      });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<AppendStreamAnswers, void, undefined> {
    for (;;) {
      const answers = this.#settled.shift();
      if (answers !== undefined) yield answers;
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#underWay === 0) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** Serves a stream by the handler of single appends: all are begun as they come, and each is answered when it ends. */
export function appendStreamBy(appendItems: AppendItems, store: ThreadStore): ThreadStoreHandlers['appendStream'] {
  return async function* (requests, context) {
    const answers = new Answers();
    const reading = (async () => {
      let appendNumber = 0;
      let renewalNumber = 0;
      for await (const { appends, renewals } of requests) {
        for (const request of appends) {
          const number = appendNumber++;
          const outcome = outcomeOf(async () => (await appendItems(request, context)) as AppendResult);
          answers.add(outcome.then((result) => ({ appends: [{ number, outcome: result }], renewals: [] })));
        }
        for (const request of renewals) {
          const number = renewalNumber++;
          const outcome = outcomeOf(() => store.renewLeases(renewLeasesFromWire(request)));
          answers.add(outcome.then((result) => ({ appends: [], renewals: [{ number, outcome: result }] })));
        }
      }
      return { appends: [], renewals: [] };
    })();
    answers.add(reading);
    for await (const ready of answers) yield appendStreamAnswersToWire(ready);
  };
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<T | ThreadStoreError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ThreadStoreError) return error;
    return new ThreadStoreError({ reason: 'INTERNAL', message: String(error), effect: 'unknown' });
  }
}
