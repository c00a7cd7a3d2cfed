import type { ThreadStoreErrorReason } from '@threadstore/core';
import { item } from '../support/items.ts';
import { slots, type BatchKind, type Claim, type Command, type Patch } from './command.ts';
import { flavoured, isUserMessage, shownItems, shownTurns } from './turns.ts';

/**
 * A batch of the model. Writers are known by the number of their grant: 1 for the first, and so on. Grant 0 is nobody's: the
 * batch is external, and its sequence the number of its operation. What a fork has copied is no batch at all, of grant -1.
 */
interface ModelBatch {
  readonly grant: number;
  readonly sequence: number;
  readonly items: readonly string[];
}

/** What a thread is. Everything else that a store keeps follows from this. */
interface ModelThread {
  readonly materialised: boolean;
  readonly archived: boolean;
  /** The number of the latest grant, and whether its lease is held. Leases don't lapse here. */
  readonly grant: number;
  readonly held: boolean;
  readonly batches: readonly (ModelBatch & { readonly first: number })[];
  readonly name: string | null;
  readonly title: string | null;
  readonly branch: string | null;
  readonly recency: number;
  readonly day: number;
  readonly parent: number | null;
  /** What it was forked from. */
  readonly source: number | null;
}

/** A slot holds a thread, the tombstone of one, or nothing; of what was discarded before it materialised, the grants count on. */
export type Slot = ModelThread | 'deleted' | { readonly free: true; readonly grant: number };

export type Model = readonly Slot[];

export const emptyModel: Model = Array.from({ length: slots }, () => ({ free: true, grant: 0 }));

/** What a call answers: a value, or a refusal for a reason. */
export type Answer = { readonly value: unknown } | { readonly refusal: ThreadStoreErrorReason };

export interface Prediction {
  readonly answer: Answer;
  readonly after: Model;
}

class Refusal extends Error {
  readonly reason: ThreadStoreErrorReason;
  constructor(reason: ThreadStoreErrorReason) {
    super(reason);
    this.reason = reason;
  }
}

/** What a call answers on this model, and the model after it. A refused call changes nothing. */
export function predict(model: Model, command: Command): Prediction {
  try {
    const { value = null, to } = apply(model, command);
    if (to === undefined || !('slot' in command)) return { answer: { value }, after: model };
    return { answer: { value }, after: model.with(command.slot, to) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { answer: { refusal: error.reason }, after: model };
  }
}

interface Effect {
  readonly value?: unknown;
  /** What the slot holds then. Absent: no change. */
  readonly to?: Slot;
}

function apply(model: Model, command: Command): Effect {
  switch (command.op) {
    case 'create':
      return create(slotOf(model, command.slot), command);
    case 'fork':
      return fork(
        visible(model, { slot: command.source }, command.includeArchived),
        slotOf(model, command.slot),
        command,
      );
    case 'resume':
      return resume(visible(model, command, command.includeArchived), command);
    case 'append':
      return append(known(model, command), command);
    case 'external':
      return appendExternally(visible(model, command, true), command);
    case 'renew':
      return { value: command.writers.flatMap((writer) => lost(model, writer)) };
    case 'persist':
    case 'flush': {
      const thread = writable(known(model, command), command.claim);
      return command.op === 'persist' ? { to: { ...thread, materialised: true } } : {};
    }
    case 'shutdown':
      return release(known(model, command), command.claim);
    case 'discard': {
      const slot = slotOf(model, command.slot);
      return isThread(slot) ? release(slot, command.claim) : {};
    }
    case 'load':
      return { value: itemsOf(visible(model, command, command.includeArchived)) };
    case 'stream':
      return { value: itemsOf(visible(model, command, command.includeArchived)).slice(command.from) };
    case 'turns':
      return { value: shownTurns(itemsOf(visible(model, command, command.includeArchived)), command) };
    case 'items':
      return { value: shownItems(itemsOf(visible(model, command, command.includeArchived)), command) };
    case 'read':
      return { value: shown(visible(model, command, command.includeArchived)) };
    case 'update': {
      const to = patched(visible(model, command, command.includeArchived), command.patch);
      return { value: shown(to), to };
    }
    case 'archive':
    case 'unarchive': {
      const thread = visible(model, command, true);
      if (command.claim !== null) writable(thread, command.claim);
      else if (thread.held) throw new Refusal('WRITER_LIVE');
      const to = { ...thread, archived: command.op === 'archive' };
      return command.op === 'archive' ? { to } : { value: shown(to), to };
    }
    case 'delete':
      if (slotOf(model, command.slot) !== 'deleted') {
        const thread = visible(model, command, true);
        if (command.claim !== null) writable(thread, command.claim);
      }
      return { to: 'deleted' };
    case 'list':
      return { value: list(model, command) };
  }
}

function create(slot: Slot, { day, parent }: Command & { op: 'create' }): Effect {
  if (slot === 'deleted') throw new Refusal('THREAD_ID_USED');
  if (isThread(slot)) throw new Refusal('THREAD_EXISTS');
  return { value: { nextOrdinal: 0 }, to: { ...blank, grant: slot.grant + 1, held: true, day, parent } };
}

const blank = {
  materialised: false,
  archived: false,
  batches: [],
  name: null,
  title: null,
  branch: null,
  recency: 0,
  parent: null,
  source: null,
} as const;

function fork(from: ModelThread, slot: Slot, { before, day, source }: Command & { op: 'fork' }): Effect {
  const { to } = create(slot, { op: 'create', slot: 0, day, parent: null });
  if (to === undefined || !isThread(to)) throw new TypeError('a creation makes a thread');
  const all = itemsOf(from);
  const items = all.slice(0, before ?? undefined);
  const title = items.length === all.length || items.some(isUserMessage) ? from.title : null;
  const batches = items.length === 0 ? [] : [{ grant: -1, sequence: 0, items, first: 0 }];
  return {
    value: { nextOrdinal: items.length },
    to: { ...to, materialised: true, batches, title, branch: from.branch, source },
  };
}

function resume(thread: ModelThread, { takeover, claim }: Command & { op: 'resume' }): Effect {
  if (claim !== null) judgeEpoch(thread, grantOf(thread, claim));
  if (thread.held && takeover !== 'steal') throw new Refusal('WRITER_LIVE');
  return { value: { nextOrdinal: itemsOf(thread).length }, to: { ...thread, grant: thread.grant + 1, held: true } };
}

function append(thread: ModelThread, { claim, batch, patch }: Command & { op: 'append' }): Effect {
  const sent = batchOf(thread, claim, batch);
  const stored = storedBefore(thread, sent, 'SEQUENCE_REUSED');
  if (stored !== null) return stored;
  judge(thread, sent.grant);
  if (sent.sequence > nextSequence(thread, sent.grant)) throw new Refusal('SEQUENCE_GAP');
  return place({ ...thread, materialised: true }, sent, patch);
}

function appendExternally(thread: ModelThread, command: Command & { op: 'external' }): Effect {
  const sent = { grant: 0, sequence: command.operation, items: externalItems(command) };
  const stored = storedBefore(thread, sent, 'OPERATION_REUSED');
  if (stored !== null) return stored;
  if (thread.archived) throw new Refusal('THREAD_ARCHIVED');
  return place(thread, sent, command.patch);
}

/** The items of an external append, told apart by operation, version and number. */
export function externalItems({ operation, version, size }: Command & { op: 'external' }): string[] {
  const flavour = 977 * operation + 331 * version;
  return Array.from({ length: size }, (_, n) => flavoured(flavour, n, `external ${operation} ${version} ${n}`));
}

function storedBefore(thread: ModelThread, sent: ModelBatch, reused: ThreadStoreErrorReason): Effect | null {
  const stored = thread.batches.find(({ grant, sequence }) => grant === sent.grant && sequence === sent.sequence);
  if (stored === undefined) return null;
  if (stored.items.join() !== sent.items.join()) throw new Refusal(reused);
  return { value: { first: stored.first, last: stored.first + sent.items.length - 1, duplicate: true } };
}

function place(thread: ModelThread, sent: ModelBatch, patch: Patch | null): Effect {
  const first = itemsOf(thread).length;
  const to = patched({ ...thread, batches: [...thread.batches, { ...sent, first }] }, patch ?? {});
  return { value: { first, last: first + sent.items.length - 1, duplicate: false }, to };
}

/** The batch that an append means. Its items are told apart by who sends them, and when. */
export function batchOf(slot: Slot, claim: Claim, batch: BatchKind): ModelBatch {
  const batches = isThread(slot) ? slot.batches.filter((stored) => stored.grant > 0) : [];
  if ('pick' in batch) {
    const earlier = batches[batch.pick % Math.max(batches.length, 1)];
    if (earlier === undefined) return batchOf(slot, claim, { kind: 'next', size: 1, flavour: 0 });
    const { grant, sequence, items } = earlier;
    return { grant, sequence, items: batch.kind === 'repeat' ? items : [item('other'), ...items.slice(1)] };
  }
  const grant = grantOf(slot, claim);
  const sequence = batches.filter((stored) => stored.grant === grant).length + (batch.kind === 'gap' ? 1 : 0);
  const text = (n: number): string => flavoured(batch.flavour, n, `${grant} ${sequence} ${n}`);
  return { grant, sequence, items: Array.from({ length: batch.size }, (_, n) => text(n)) };
}

/** The number of the grant that a writer claims to hold. */
export function grantOf(slot: Slot, claim: Claim): number {
  const latest = slot === 'deleted' ? 0 : slot.grant;
  switch (claim) {
    case 'latest':
      return Math.max(latest, 1);
    case 'earlier':
      return Math.max(latest - 1, 1);
    case 'ungranted':
      return latest + 1;
  }
}

/** The writer as a renewal tells it when it may write no more. */
function lost(model: Model, { slot, claim }: { readonly slot: number; readonly claim: Claim }): unknown[] {
  try {
    writable(known(model, { slot }), claim);
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [{ slot, reason: error.reason }];
  }
}

function release(thread: ModelThread, claim: Claim): Effect {
  const grant = grantOf(thread, claim);
  if (grant !== thread.grant) judge(thread, grant);
  return { to: thread.materialised ? { ...thread, held: false } : { free: true, grant: thread.grant } };
}

export function slotOf(model: Model, slot: number): Slot {
  return model[slot] ?? { free: true, grant: 0 };
}

function isThread(slot: Slot): slot is ModelThread {
  return slot !== 'deleted' && !('free' in slot);
}

/** The thread as its writer sees it. */
function known(model: Model, command: { readonly slot: number }): ModelThread {
  const slot = slotOf(model, command.slot);
  if (slot === 'deleted') throw new Refusal('THREAD_DELETED');
  if (!isThread(slot)) throw new Refusal('THREAD_NOT_FOUND');
  return slot;
}

/** The thread as everybody sees it. */
function visible(model: Model, command: { readonly slot: number }, includeArchived: boolean): ModelThread {
  const thread = known(model, command);
  if (!thread.materialised) throw new Refusal('THREAD_NOT_FOUND');
  if (thread.archived && !includeArchived) throw new Refusal('THREAD_ARCHIVED');
  return thread;
}

function writable(thread: ModelThread, claim: Claim): ModelThread {
  judge(thread, grantOf(thread, claim));
  return thread;
}

function judgeEpoch(thread: ModelThread, grant: number): void {
  if (grant < thread.grant) throw new Refusal('FENCED');
  if (grant > thread.grant) throw new Refusal('EPOCH_NOT_GRANTED');
}

function judge(thread: ModelThread, grant: number): void {
  judgeEpoch(thread, grant);
  if (!thread.held) throw new Refusal('WRITER_RELEASED');
}

function nextSequence(thread: ModelThread, grant: number): number {
  return thread.batches.filter((batch) => batch.grant === grant).length;
}

function patched(thread: ModelThread, { recency = 0, ...fields }: Patch): ModelThread {
  return { ...thread, ...fields, recency: Math.max(thread.recency, recency) };
}

function itemsOf(thread: ModelThread): readonly string[] {
  return thread.batches.flatMap((batch) => batch.items);
}

/** What a read shows of a thread. */
function shown(thread: ModelThread): unknown {
  const { archived, grant, held, name, title, branch, recency, day } = thread;
  return { archived, grant, held, name, title, branch, recency, day, nextOrdinal: itemsOf(thread).length };
}

function list(model: Model, { archived, direction, under }: Command & { op: 'list' }): number[] {
  const rows = model.flatMap((thread, slot) => (isThread(thread) && thread.materialised ? [{ slot, thread }] : []));
  const below = (roots: readonly number[]): number[] =>
    rows.filter(({ thread }) => thread.parent !== null && roots.includes(thread.parent)).map(({ slot }) => slot);
  let related = rows.map(({ slot }) => slot);
  if (under !== null) {
    const { slot: top, relation } = under;
    related =
      relation === 'forks' ? rows.filter(({ thread }) => thread.source === top).map(({ slot }) => slot) : below([top]);
    // A family of n threads has no more than n steps.
    for (let step = 1; relation === 'descendants' && step < slots; step += 1) related = below([top, ...related]);
    related = related.filter((slot) => slot !== top);
  }
  const listed = rows.filter(({ slot, thread }) => thread.archived === archived && related.includes(slot));
  const rising = listed.toSorted((a, b) => a.thread.day - b.thread.day || a.slot - b.slot).map(({ slot }) => slot);
  return direction === 'asc' ? rising : rising.toReversed();
}
