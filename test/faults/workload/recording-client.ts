import type { AppendItemsParams, ThreadMetadataPatch, ThreadStore, WriterGrant } from '@threadstore/core';
import { type Appended, firstValue, type Granted, registers, type Traits } from '../history/operations.ts';
import { canaryOf } from '../history/tenants.ts';
import { hashOf } from './item-text.ts';
import { watched } from './lookout.ts';
import { emptyTally, type Tally } from './messages.ts';
import { metadataOf as shownOf, patchOf } from './metadata-registers.ts';
import type { End, RecordedCalls } from './recorded-calls.ts';

/** A batch that is to be appended. Sent again it is the same, to the byte. */
export interface Batch {
  readonly op: string;
  readonly thread: string;
  readonly sender: Sender;
  readonly items: readonly string[];
}

/** The writer, or somebody else under an operation id. */
export type Sender = { readonly epoch: number; readonly sequence: number } | { readonly operationId: string };

/** A store's calls that make writers, and those of writers, all recorded. */
export class RecordingClient {
  readonly calls: RecordedCalls;
  tally: Tally = emptyTally;
  readonly #store: ThreadStore;

  constructor(calls: RecordedCalls, store: ThreadStore) {
    this.calls = calls;
    this.#store = watched(store, calls.lookout);
  }

  create(thread: string, traits: Traits): Promise<End<Granted>> {
    const params = { threadId: thread, holder: this.calls.client, metadata: this.#metadataOf(traits) };
    return this.#grant(
      this.calls.make('create', { thread, traits }, async () => granted(await this.#store.createThread(params))),
    );
  }

  /** Takes the thread from whoever has it now: an attempt that is late takes it from nobody else. */
  async resume(thread: string): Promise<End<Granted>> {
    let expectedEpoch = 0n;
    const read = await this.calls.make('readMetadata', { thread }, async () => {
      const stored = await this.#store.readThread({ threadId: thread });
      expectedEpoch = stored.epoch;
      return shownOf(stored);
    });
    if ('reason' in read) return read;
    const params = { threadId: thread, holder: this.calls.client, takeover: 'steal', expectedEpoch } as const;
    return this.#grant(
      this.calls.make('resume', { thread, epoch: Number(expectedEpoch) }, async () =>
        granted(await this.#store.resumeThread(params)),
      ),
    );
  }

  /** Makes a thread with the items of another up to an ordinal, or with all. */
  fork(thread: string, traits: Traits, source: string, before: number | null): Promise<End<Granted>> {
    const params = {
      threadId: thread,
      sourceThreadId: source,
      holder: this.calls.client,
      metadata: this.#metadataOf(traits),
      ...(before !== null && { at: { beforeOrdinal: BigInt(before) } }),
    };
    return this.#grant(
      this.calls.make('fork', { thread, traits, source, before }, async () =>
        granted(await this.#store.forkThread(params)),
      ),
    );
  }

  async append(batch: Batch): Promise<End<Appended>> {
    const { op, thread, sender, items } = batch;
    const identity = 'epoch' in sender ? `${sender.epoch}:${sender.sequence}` : sender.operationId;
    const epoch = 'epoch' in sender ? sender.epoch : null;
    const end = await this.calls.make(
      'append',
      { thread, op, identity, epoch, hashes: items.map(hashOf) },
      async () => {
        const { firstOrdinal, lastOrdinal, duplicate } = await this.#store.appendItems(paramsOf(batch));
        return { first: Number(firstOrdinal), last: Number(lastOrdinal), duplicate };
      },
    );
    if ('answer' in end) {
      this.#count('acknowledgedBatches');
      this.#count('acknowledgedItems', items.length);
      if (end.answer.duplicate) this.#count('duplicates');
    } else if (end.unknown) this.#count('unknown');
    else if (end.reason === 'FENCED') this.#count('fenced');
    return end;
  }

  async #grant(ended: Promise<End<Granted>>): Promise<End<Granted>> {
    const end = await ended;
    if ('reason' in end && end.unknown) this.#count('unknown');
    return end;
  }

  #metadataOf({ cwd, provider }: Traits): ThreadMetadataPatch {
    const canary = canaryOf(this.calls.tenant);
    return {
      ...patchOf(registers, firstValue),
      cwd,
      modelProvider: provider,
      firstUserMessage: canary,
      agentNickname: canary,
    };
  }

  #count(what: keyof Tally, by = 1): void {
    this.tally = { ...this.tally, [what]: this.tally[what] + by };
  }
}

function granted({ epoch, nextOrdinal }: WriterGrant): Granted {
  return { epoch: Number(epoch), nextOrdinal: Number(nextOrdinal) };
}

function paramsOf({ thread, sender, items }: Batch): AppendItemsParams {
  return 'epoch' in sender
    ? { threadId: thread, epoch: BigInt(sender.epoch), sequence: BigInt(sender.sequence), items }
    : { threadId: thread, external: true, operationId: sender.operationId, items };
}
