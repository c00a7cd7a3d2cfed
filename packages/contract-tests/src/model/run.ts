import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  ThreadStoreError,
  type AppendResult,
  type StoredThread,
  type ThreadId,
  type ThreadMetadataPatch,
  type ThreadRelation,
  type ThreadStore,
  type WriterGrant,
  type WriterRef,
} from '@threadstore/core';
import { allItems, allTurns, ordinalsOf } from '../support/pages.ts';
import { newThreadId, orderedIds } from '../support/threads.ts';
import { collectItems, listIds } from '../support/walk.ts';
import { slots, type Claim, type Command, type Patch, type Relation, type Step } from './command.ts';
import { batchOf, emptyModel, externalItems, grantOf, predict, slotOf, type Answer, type Model } from './model.ts';

const firstDay = Date.UTC(2090, 0, 1);
const dayMs = 86_400_000;

function dateOf(day: number): Date {
  return new Date(firstDay + day * dayMs);
}

function dayOf(date: Date): number {
  return (date.getTime() - firstDay) / dayMs;
}

function metadataOf({ recency, branch, ...texts }: Patch): ThreadMetadataPatch {
  return {
    ...texts,
    ...(branch === undefined ? {} : { gitInfo: { branch } }),
    ...(recency === undefined ? {} : { advanceRecencyAt: dateOf(recency) }),
  };
}

const relations: Readonly<Record<Relation, (id: ThreadId) => ThreadRelation>> = {
  children: (id) => ({ directChildrenOf: id }),
  descendants: (id) => ({ descendantsOf: id }),
  forks: (id) => ({ forksOf: id }),
};

/** Translates between the model and a store: slots are ids there, and grants epochs. */
class Translation {
  readonly #ids = orderedIds(slots);
  /** The epoch of each grant, by slot. */
  readonly #epochs: bigint[][] = Array.from({ length: slots }, () => []);
  /** Tells the threads of this program from all others in the storage. */
  readonly #cwd = `/model/${newThreadId()}`;

  /** Calls the store; the answer in the terms of the model. */
  async answer(store: ThreadStore, command: Command, model: Model): Promise<Answer> {
    try {
      return { value: (await this.#call(store, command, model)) ?? null };
    } catch (error) {
      if (!(error instanceof ThreadStoreError)) throw error;
      assert.equal(error.effect, 'none', inspect(error));
      return { refusal: error.reason };
    }
  }

  async #call(store: ThreadStore, command: Command, model: Model): Promise<unknown> {
    if (command.op === 'list') return this.#list(store, command);
    if (command.op === 'renew') return this.#renew(store, command, model);
    const { slot } = command;
    const threadId = this.#ids[slot] ?? '';
    const ref = (claim: Claim): WriterRef => this.#writer(slot, claim, model);
    switch (command.op) {
      case 'create':
      case 'fork':
        return this.#granted(slot, await this.#create(store, threadId, command));
      case 'resume': {
        const { takeover, claim, includeArchived } = command;
        const expected = claim === null ? {} : { expectedEpoch: ref(claim).epoch };
        // No time at all: it takes what is free, as `fail` does.
        const waitMs = takeover === 'wait' ? { waitMs: 0 } : {};
        return this.#granted(
          slot,
          await store.resumeThread({ threadId, takeover, includeArchived, ...waitMs, ...expected }),
        );
      }
      case 'append':
        return this.#append(store, command, model);
      case 'external':
        return placed(
          await store.appendItems({
            threadId,
            external: true,
            operationId: `operation ${command.operation}`,
            items: externalItems(command),
            ...(command.patch === null ? {} : { metadata: metadataOf(command.patch) }),
          }),
        );
      case 'persist':
        return store.persistThread(ref(command.claim));
      case 'flush':
        return store.flushThread(ref(command.claim));
      case 'shutdown':
        return store.shutdownThread(ref(command.claim));
      case 'discard':
        return store.discardThread(ref(command.claim));
      case 'load':
        return (await store.loadHistory({ threadId, includeArchived: command.includeArchived })).items;
      case 'stream': {
        const [fromOrdinal, includeArchived] = [BigInt(command.from), command.includeArchived];
        return collectItems(store.streamHistory({ threadId, fromOrdinal, includeArchived }), fromOrdinal);
      }
      case 'turns':
        return walkedTurns(store, threadId, command);
      case 'items':
        return walkedItems(store, threadId, command);
      case 'read':
        return this.#shown(slot, await store.readThread({ threadId, includeArchived: command.includeArchived }));
      case 'update': {
        const { includeArchived } = command;
        const patch = metadataOf(command.patch);
        return this.#shown(slot, await store.updateThreadMetadata({ threadId, patch, includeArchived }));
      }
      case 'archive':
        return store.archiveThread(command.claim === null ? { threadId } : ref(command.claim));
      case 'unarchive': {
        const params = command.claim === null ? { threadId } : ref(command.claim);
        return this.#shown(slot, await store.unarchiveThread(params));
      }
      case 'delete':
        return store.deleteThread(command.claim === null ? { threadId } : ref(command.claim));
    }
  }

  #create(store: ThreadStore, threadId: ThreadId, command: Command & { op: 'create' | 'fork' }): Promise<WriterGrant> {
    const metadata = { cwd: this.#cwd, createdAt: dateOf(command.day), advanceRecencyAt: dateOf(0) };
    if (command.op === 'create') {
      const parentThreadId = command.parent === null ? null : (this.#ids[command.parent] ?? null);
      return store.createThread({ threadId, parentThreadId, metadata });
    }
    const sourceThreadId = this.#ids[command.source] ?? '';
    const { includeArchived, before } = command;
    const at = before === null ? {} : { at: { beforeOrdinal: BigInt(before) } };
    return store.forkThread({ threadId, sourceThreadId, includeArchived, metadata, ...at });
  }

  async #append(
    store: ThreadStore,
    { slot, claim, batch, patch }: Command & { op: 'append' },
    model: Model,
  ): Promise<unknown> {
    const { grant, sequence, items } = batchOf(slotOf(model, slot), claim, batch);
    const result = await store.appendItems({
      threadId: this.#ids[slot] ?? '',
      epoch: this.#epochOf(slot, grant),
      sequence: BigInt(sequence),
      items,
      ...(patch === null ? {} : { metadata: metadataOf(patch) }),
    });
    return placed(result);
  }

  async #renew(store: ThreadStore, { writers }: Command & { op: 'renew' }, model: Model): Promise<unknown> {
    const refs = writers.map(({ slot, claim }) => this.#writer(slot, claim, model));
    const { lost } = await store.renewLeases({ writers: refs });
    return refs.flatMap(({ threadId, epoch }, index) => {
      const found = lost.filter((writer) => writer.threadId === threadId && writer.epoch === epoch);
      return found.map(({ error }) => ({ slot: writers[index]?.slot, reason: error.reason }));
    });
  }

  #writer(slot: number, claim: Claim, model: Model): WriterRef {
    const epoch = this.#epochOf(slot, grantOf(slotOf(model, slot), claim));
    return { threadId: this.#ids[slot] ?? '', epoch };
  }

  async #list(
    store: ThreadStore,
    { archived, direction, pageSize, under }: Command & { op: 'list' },
  ): Promise<number[]> {
    const id = this.#ids[under?.slot ?? 0] ?? '';
    const ids = await listIds(store, {
      cwdFilters: [this.#cwd],
      archived,
      sortDirection: direction,
      pageSize,
      relation: under === null ? null : relations[under.relation](id),
    });
    return ids.map((threadId) => this.#ids.indexOf(threadId));
  }

  #granted(slot: number, { epoch, nextOrdinal }: WriterGrant): unknown {
    const epochs = this.#epochs[slot] ?? [];
    assert.ok(epoch > (epochs.at(-1) ?? 0n), `epoch ${epoch} after ${epochs.join()}`);
    epochs.push(epoch);
    return { nextOrdinal: Number(nextOrdinal) };
  }

  /** Grants count from 1. One that nobody was given has an epoch above all others. */
  #epochOf(slot: number, grant: number): bigint {
    const epochs = this.#epochs[slot] ?? [];
    return epochs[grant - 1] ?? (epochs.at(-1) ?? 0n) + 1n;
  }

  #shown(slot: number, thread: StoredThread): unknown {
    return {
      archived: thread.archivedAt !== null,
      grant: (this.#epochs[slot]?.indexOf(thread.epoch) ?? -1) + 1,
      held: thread.lease !== null,
      name: thread.name,
      title: thread.title,
      branch: thread.gitInfo?.branch ?? null,
      recency: dayOf(thread.recencyAt),
      day: dayOf(thread.createdAt),
      nextOrdinal: Number(thread.nextOrdinal),
    };
  }
}

function placed({ firstOrdinal, lastOrdinal, duplicate }: AppendResult): unknown {
  return { first: Number(firstOrdinal), last: Number(lastOrdinal), duplicate };
}

async function walkedTurns(
  store: ThreadStore,
  threadId: ThreadId,
  command: Command & { op: 'turns' },
): Promise<unknown> {
  const { includeArchived, direction: sortDirection, pageSize, view: itemsView } = command;
  const turns = await allTurns(store, { threadId, includeArchived, sortDirection, pageSize, itemsView });
  return turns.map(({ turnId, firstOrdinal, status, items }) => ({
    id: turnId,
    first: Number(firstOrdinal),
    status,
    items: ordinalsOf(items),
  }));
}

async function walkedItems(
  store: ThreadStore,
  threadId: ThreadId,
  command: Command & { op: 'items' },
): Promise<unknown> {
  const { includeArchived, direction: sortDirection, pageSize, turnId } = command;
  const ofTurn = turnId === null ? {} : { turnId };
  const items = await allItems(store, { threadId, includeArchived, sortDirection, pageSize, ...ofTurn });
  return items.map((item) => ({ ...item, ordinal: Number(item.ordinal) }));
}

/** What a third client asks in the end: all that there is. */
const lastQuestions: readonly Command[] = [
  ...Array.from({ length: slots }, (_, slot) => [
    { op: 'read', slot, includeArchived: false } as const,
    { op: 'read', slot, includeArchived: true } as const,
    { op: 'load', slot, includeArchived: true } as const,
    { op: 'turns', slot, includeArchived: true, direction: 'asc', pageSize: 50, view: 'full' } as const,
    { op: 'turns', slot, includeArchived: true, direction: 'desc', pageSize: 2, view: 'summary' } as const,
    { op: 'items', slot, includeArchived: true, direction: 'asc', pageSize: 50, turnId: null } as const,
    { op: 'items', slot, includeArchived: true, direction: 'asc', pageSize: 2, turnId: 'a' } as const,
  ]).flat(),
  ...[false, true].flatMap((archived) =>
    [
      null,
      ...Array.from({ length: slots }, (_, slot) =>
        (['descendants', 'forks'] as const).map((relation) => ({ slot, relation })),
      ).flat(),
    ].map((under): Command => ({ op: 'list', archived, direction: 'asc', pageSize: 2, under })),
  ),
];

/** Runs a program on the clients and judges each answer by the model. */
export async function runProgram(
  clients: readonly [ThreadStore, ThreadStore, ThreadStore],
  program: readonly Step[],
): Promise<void> {
  const translation = new Translation();
  let model = emptyModel;
  const all = [...program, ...lastQuestions.map((command) => ({ client: 2, command }) as const)];
  const { listTurns: turns, listItems: items, forkThread: fork } = clients[0].capabilities;
  const has: Partial<Record<Command['op'], boolean>> = { turns, items, fork };
  const steps = all.filter(({ command: { op } }) => has[op] ?? true);
  for (const [index, { client, command }] of steps.entries()) {
    const { answer, after } = predict(model, command);
    const actual = await translation.answer(clients[client], command, model);
    assert.deepEqual(
      actual,
      answer,
      `step ${index}, ${JSON.stringify(command)}, got ${inspect(actual, { depth: 5 })}, predicted ${inspect(answer, { depth: 5 })}`,
    );
    model = after;
  }
}
