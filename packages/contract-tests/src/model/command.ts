import type { SortDirection, Takeover, TurnItemsView } from '@threadstore/core';
import fc from 'fast-check';
import { flavours, twoTurns } from './turns.ts';

/** How many threads a program is about. Few, so that its commands meet. */
export const slots = 3;

/** Which grant of the thread a writer claims to hold: the latest, the one before, or one that nobody was given. */
export type Claim = 'latest' | 'earlier' | 'ungranted';

/** What an append sends: the next batch, one too far on, an earlier one again, or other items under an earlier sequence. */
export type BatchKind =
  | { readonly kind: 'next' | 'gap'; readonly size: number; readonly flavour: number }
  | { readonly kind: 'repeat' | 'reuse'; readonly pick: number };

export type Relation = 'children' | 'descendants' | 'forks';

export interface Patch {
  readonly name?: string | null;
  readonly title?: string | null;
  readonly branch?: string | null;
  /** Days, all of them ahead. */
  readonly recency?: number;
}

/** One call of a program. `slot` stands for a thread, by its place in the order of ids. */
export type Command =
  | { readonly op: 'create'; readonly slot: number; readonly day: number; readonly parent: number | null }
  | {
      readonly op: 'fork';
      readonly slot: number;
      readonly source: number;
      readonly includeArchived: boolean;
      /** How many items at most; null: all. */
      readonly before: number | null;
      readonly day: number;
    }
  | {
      readonly op: 'resume';
      readonly slot: number;
      readonly takeover: Takeover;
      /** Which epoch it expects; null: any. */
      readonly claim: Claim | null;
      readonly includeArchived: boolean;
    }
  | {
      readonly op: 'append';
      readonly slot: number;
      readonly claim: Claim;
      readonly batch: BatchKind;
      readonly patch: Patch | null;
    }
  | {
      readonly op: 'external';
      readonly slot: number;
      readonly operation: number;
      /** Items of another version are other items. */
      readonly version: number;
      readonly size: number;
      readonly patch: Patch | null;
    }
  | { readonly op: 'renew'; readonly writers: readonly { readonly slot: number; readonly claim: Claim }[] }
  | { readonly op: 'persist' | 'flush' | 'shutdown' | 'discard'; readonly slot: number; readonly claim: Claim }
  | { readonly op: 'load' | 'read'; readonly slot: number; readonly includeArchived: boolean }
  | { readonly op: 'stream'; readonly slot: number; readonly includeArchived: boolean; readonly from: number }
  | {
      readonly op: 'turns';
      readonly slot: number;
      readonly includeArchived: boolean;
      readonly direction: SortDirection;
      readonly pageSize: number;
      readonly view: TurnItemsView;
    }
  | {
      readonly op: 'items';
      readonly slot: number;
      readonly includeArchived: boolean;
      readonly direction: SortDirection;
      readonly pageSize: number;
      readonly turnId: string | null;
    }
  | { readonly op: 'update'; readonly slot: number; readonly patch: Patch; readonly includeArchived: boolean }
  | { readonly op: 'archive' | 'unarchive'; readonly slot: number; readonly claim: Claim | null }
  | { readonly op: 'delete'; readonly slot: number; readonly claim: Claim | null }
  | {
      readonly op: 'list';
      readonly archived: boolean;
      readonly direction: SortDirection;
      readonly pageSize: number;
      readonly under: { readonly slot: number; readonly relation: Relation } | null;
    };

/** A command and the store object that it is called on. */
export interface Step {
  readonly client: 0 | 1;
  readonly command: Command;
}

/** One thread gets most of the calls: what matters takes several on the same. */
const slot = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(2) },
);
const includeArchived = fc.boolean();
const claim = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Claim>('latest') },
  { weight: 3, arbitrary: fc.constant<Claim>('earlier') },
  { weight: 1, arbitrary: fc.constant<Claim>('ungranted') },
);
const text = fc.constantFrom('a', 'b', null);
const patch: fc.Arbitrary<Patch> = fc.record(
  { name: text, title: text, branch: text, recency: fc.nat({ max: 5 }) },
  { requiredKeys: [] },
);
const flavour = fc.nat({ max: flavours - 1 });
const direction = fc.constantFrom<SortDirection>('asc', 'desc');
const batch: fc.Arbitrary<BatchKind> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('next' as const), size: fc.integer({ min: 1, max: 3 }), flavour }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gap' as const), size: fc.constant(1), flavour }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('repeat' as const), pick: fc.nat({ max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reuse' as const), pick: fc.nat({ max: 9 }) }) },
);

const resume = {
  op: fc.constant('resume' as const),
  slot,
  takeover: fc.constantFrom<Takeover>('fail', 'wait', 'steal', 'steal', 'steal'),
  includeArchived,
};

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('create' as const),
      slot,
      day: fc.nat({ max: 1 }),
      parent: fc.option(slot),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('fork' as const),
      // Of the slots that are free more often.
      slot: slot.map((few) => slots - 1 - few),
      source: slot,
      includeArchived,
      before: fc.option(fc.nat({ max: 4 })),
      day: fc.nat({ max: 1 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ ...resume, claim: fc.constant(null) }) },
  {
    weight: 1,
    arbitrary: fc.record({ ...resume, claim: fc.constantFrom<Claim>('latest', 'earlier', 'earlier', 'ungranted') }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ op: fc.constant('append' as const), slot, claim, batch, patch: fc.option(patch) }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      op: fc.constant('external' as const),
      slot,
      operation: fc.nat({ max: 3 }),
      version: fc.constantFrom(0, 0, 0, 1),
      size: fc.integer({ min: 1, max: 2 }),
      patch: fc.option(patch),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('renew' as const),
      writers: fc.uniqueArray(fc.record({ slot, claim }), { maxLength: 3, selector: (writer) => writer.slot }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constantFrom('persist' as const, 'flush', 'shutdown', 'discard'), slot, claim }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constantFrom('load' as const, 'read'), slot, includeArchived }) },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('stream' as const), slot, includeArchived, from: fc.nat({ max: 9 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('turns' as const),
      slot,
      includeArchived,
      direction,
      pageSize: fc.integer({ min: 1, max: 4 }),
      view: fc.constantFrom<TurnItemsView>('notLoaded', 'summary', 'full'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('items' as const),
      slot,
      includeArchived,
      direction,
      pageSize: fc.integer({ min: 1, max: 5 }),
      turnId: fc.constantFrom(null, 'a', 'b'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('update' as const), slot, patch, includeArchived }) },
  {
    weight: 5,
    arbitrary: fc.record({ op: fc.constantFrom('archive' as const, 'unarchive'), slot, claim: fc.option(claim) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('delete' as const), slot, claim: fc.option(claim) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('list' as const),
      archived: fc.boolean(),
      direction,
      pageSize: fc.integer({ min: 1, max: slots }),
      under: fc.option(fc.record({ slot, relation: fc.constantFrom<Relation>('children', 'descendants', 'forks') })),
    }),
  },
);

/** How most programs begin: with threads that are there, and two turns in each, so that much comes late. Some of it is left out each time. */
const beginning = Array.from({ length: slots }, (_, index): Step[] => [
  { client: 0, command: { op: 'create', slot: index, day: 0, parent: index === 0 ? null : index - 1 } },
  {
    client: 0,
    command: {
      op: 'append',
      slot: index,
      claim: 'latest',
      batch: { kind: 'next', size: 2, flavour: twoTurns },
      patch: null,
    },
  },
]).flat();

/** A random sequence of calls by two clients. */
export const programs: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.subarray(beginning, { minLength: 3 }),
    fc.array(fc.record({ client: fc.constantFrom<0 | 1>(0, 1), command }), { minLength: 15, maxLength: 40 }),
  )
  .map((parts) => parts.flat());
