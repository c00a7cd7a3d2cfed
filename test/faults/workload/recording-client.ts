import { type AppendItemsParams, type ThreadStore, ThreadStoreError, type WriterGrant } from '@threadstore/core';
import type { Appended, Granted } from '../history/lines.ts';
import { now, type Recorder } from '../history/recorder.ts';
import { hashOf } from './item-text.ts';
import { emptyTally, type Tally } from './messages.ts';

/** A batch that is to be appended. Sent again it is the same, to the byte. */
export interface Batch {
  readonly op: string;
  readonly thread: string;
  /** Null for a batch of somebody who is not the writer: `op` is then its operation id. */
  readonly writer: { readonly epoch: number; readonly sequence: number } | null;
  readonly items: readonly string[];
}

/** How a call ended: with its answer, or with the reason why there is none. */
export type End<T> = { readonly answer: T } | { readonly reason: string };

/** A store whose every call is recorded, before it is made and after it has ended. */
export class RecordingClient {
  readonly name: string;
  tally: Tally = emptyTally;
  readonly #store: ThreadStore;
  readonly #recorder: Recorder;
  #calls = 0;
  #operations = 0;

  constructor(name: string, store: ThreadStore, recorder: Recorder) {
    this.name = name;
    this.#store = store;
    this.#recorder = recorder;
  }

  /** A name for a batch that no other batch of the run has. */
  nextOperation(): string {
    return `${this.name}/${(this.#operations += 1)}`;
  }

  create(thread: string): Promise<End<Granted>> {
    return this.#grant('create', thread, () => this.#store.createThread({ threadId: thread, holder: this.name }));
  }

  /** Takes the thread, whoever has it. */
  resume(thread: string): Promise<End<Granted>> {
    const params = { threadId: thread, holder: this.name, takeover: 'steal' } as const;
    return this.#grant('resume', thread, () => this.#store.resumeThread(params));
  }

  async append(batch: Batch): Promise<End<Appended>> {
    const call = this.#nextCall();
    const { op, thread, items } = batch;
    this.#recorder.record({
      type: 'invoke',
      at: now(),
      call,
      client: this.name,
      thread,
      f: 'append',
      op,
      epoch: batch.writer?.epoch ?? null,
      hashes: items.map(hashOf),
    });
    const end = await this.#ended(call, async () => {
      const { firstOrdinal, lastOrdinal, duplicate } = await this.#store.appendItems(paramsOf(batch));
      return { first: Number(firstOrdinal), last: Number(lastOrdinal), duplicate };
    });
    if ('answer' in end) {
      this.#count('acknowledgedBatches');
      this.#count('acknowledgedItems', items.length);
      if (end.answer.duplicate) this.#count('duplicates');
    } else if (end.reason === 'FENCED') this.#count('fenced');
    return end;
  }

  #grant(f: 'create' | 'resume', thread: string, work: () => Promise<WriterGrant>): Promise<End<Granted>> {
    const call = this.#nextCall();
    this.#recorder.record({ type: 'invoke', at: now(), call, client: this.name, thread, f });
    return this.#ended(call, async () => {
      const { epoch, nextOrdinal } = await work();
      return { epoch: Number(epoch), nextOrdinal: Number(nextOrdinal) };
    });
  }

  async #ended<T extends Appended | Granted>(call: string, work: () => Promise<T>): Promise<End<T>> {
    try {
      const answer = await work();
      this.#recorder.record({ type: 'ok', at: now(), call, answer });
      return { answer };
    } catch (error) {
      const known = error instanceof ThreadStoreError;
      const reason = known ? error.reason : `not a store error: ${String(error)}`;
      const type = known && error.effect === 'none' ? 'fail' : 'info';
      if (type === 'info') this.#count('unknown');
      this.#recorder.record({ type, at: now(), call, reason });
      return { reason };
    }
  }

  #nextCall(): string {
    return `${this.name}#${(this.#calls += 1)}`;
  }

  #count(what: keyof Tally, by = 1): void {
    this.tally = { ...this.tally, [what]: this.tally[what] + by };
  }
}

function paramsOf({ op, thread, writer, items }: Batch): AppendItemsParams {
  return writer === null
    ? { threadId: thread, external: true, operationId: op, items }
    : { threadId: thread, epoch: BigInt(writer.epoch), sequence: BigInt(writer.sequence), items };
}
