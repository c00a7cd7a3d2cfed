import type {
  GitInfoPatch,
  JsonValue,
  Lease,
  ListThreadsParams,
  PlacedItem,
  SessionSource,
  StoredThread,
  ThreadMetadataPatch,
  ThreadRelation,
  TokenUsage,
  Turn,
} from '@threadstore/core';
import fc from 'fast-check';

/** Objects like those that literals make; by default some have no prototype, which equality tells apart. */
export function record<T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(members, { noNullPrototype: true });
}

/** As `record`, with each member there or not. */
export function partialRecord<T>(members: { [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> }): fc.Arbitrary<
  Partial<T>
> {
  return fc.record(members, { noNullPrototype: true, requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

/** Any text that Unicode admits, lone surrogates excluded; often awkward. */
export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('', '\u0000', '\uFEFFbom', '\uFFFD', '{', '__proto__', '😀', 'a\nb'),
);
export const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
export const uuid = fc.uuid();
export const time = fc
  .integer({ min: Date.parse('0001-01-01T00:00:00.000Z'), max: Date.parse('9999-12-31T23:59:59.999Z') })
  .map((ms) => new Date(ms));
export const bigInteger = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

/** As JSON.parse gives it: -0, which JSON text can say but JSON.stringify doesn't, stays out. */
const jsonValue = fc.jsonValue({ stringUnit: 'binary' }).map((value) => plain(value) as JsonValue);

const source: fc.Arbitrary<SessionSource> = fc.oneof(
  text.filter((word) => !word.startsWith('{')),
  fc.dictionary(text, fc.jsonValue(), { noNullPrototype: true }).map((value) => plain(value) as SessionSource),
  fc.constant(JSON.parse('{"__proto__":{"polluted":true}}') as SessionSource),
);

const tokenUsage: fc.Arbitrary<TokenUsage> = record({
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  reasoningOutputTokens: count,
  totalTokens: count,
});

export const lease: fc.Arbitrary<Lease> = record({ holder: text, since: time, until: time });
const memoryMode = fc.constantFrom('enabled' as const, 'disabled' as const);

export const thread: fc.Arbitrary<StoredThread> = record({
  threadId: uuid,
  rolloutPath: fc.constant(null),
  forkedFromId: nullable(uuid),
  parentThreadId: nullable(uuid),
  sessionId: nullable(text),
  originator: nullable(text),
  name: nullable(text),
  title: nullable(text),
  preview: text,
  firstUserMessage: nullable(text),
  modelProvider: text,
  model: nullable(text),
  reasoningEffort: nullable(text),
  createdAt: time,
  updatedAt: time,
  recencyAt: time,
  archivedAt: nullable(time),
  cwd: text,
  cliVersion: text,
  source,
  threadSource: nullable(text),
  agentNickname: nullable(text),
  agentRole: nullable(text),
  agentPath: nullable(text),
  gitInfo: nullable(record({ commitHash: nullable(text), branch: nullable(text), repositoryUrl: nullable(text) })),
  approvalMode: jsonValue,
  sandboxPolicy: jsonValue,
  tokenUsage: nullable(tokenUsage),
  memoryMode,
  nextOrdinal: bigInteger,
  epoch: bigInteger,
  nextSequence: bigInteger,
  lease: nullable(lease),
});

/** Any subset of the members, each set or, where it can be, cleared. */
export const patch: fc.Arbitrary<ThreadMetadataPatch> = partialRecord<Omit<ThreadMetadataPatch, 'rolloutPath'>>({
  name: nullable(text),
  title: nullable(text),
  preview: text,
  firstUserMessage: nullable(text),
  modelProvider: text,
  model: nullable(text),
  reasoningEffort: nullable(text),
  createdAt: time,
  updatedAt: time,
  advanceRecencyAt: time,
  cwd: text,
  cliVersion: text,
  source,
  threadSource: nullable(text),
  agentNickname: nullable(text),
  agentRole: nullable(text),
  agentPath: nullable(text),
  gitInfo: partialRecord<GitInfoPatch>({
    commitHash: nullable(text),
    branch: nullable(text),
    repositoryUrl: nullable(text),
  }),
  approvalMode: jsonValue,
  sandboxPolicy: jsonValue,
  tokenUsage: nullable(tokenUsage),
  memoryMode,
});

export const cursor = text.filter((value) => value !== '');
export const pageSize = fc.integer({ min: 0, max: 2 ** 31 - 1 });
export const sortDirection = fc.constantFrom('asc' as const, 'desc' as const);

const relation: fc.Arbitrary<ThreadRelation> = fc.oneof(
  record({ directChildrenOf: uuid }),
  record({ descendantsOf: uuid }),
  record({ forksOf: uuid }),
);

/** Which threads are listed, and in which order. */
export const threadQuery = partialRecord<Omit<ListThreadsParams, 'searchTerm'>>({
  pageSize,
  cursor: nullable(cursor),
  sortKey: fc.constantFrom('created_at', 'updated_at', 'recency_at'),
  sortDirection,
  allowedSources: fc.array(source, { maxLength: 3 }),
  modelProviders: fc.oneof(fc.constant(null), fc.array(text, { maxLength: 3 })),
  cwdFilters: fc.oneof(fc.constant(null), fc.array(text, { maxLength: 3 })),
  archived: fc.boolean(),
  relation: fc.oneof(fc.constant(null), relation),
});

export const placedItem: fc.Arbitrary<PlacedItem> = record({
  ordinal: bigInteger,
  turnId: nullable(text),
  json: text,
});

export const itemsView = fc.constantFrom('notLoaded' as const, 'summary' as const, 'full' as const);

/** Its items say that they are its own. */
export const turn: fc.Arbitrary<Turn> = record<Turn>({
  turnId: text,
  firstOrdinal: bigInteger,
  status: fc.constantFrom('completed', 'interrupted', 'failed', 'inProgress'),
  error: nullable(record({ message: text, additionalDetails: nullable(text) })),
  startedAt: nullable(time),
  completedAt: nullable(time),
  durationMs: nullable(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
  itemsView,
  items: fc.array(placedItem, { maxLength: 3 }),
}).map((value) => ({ ...value, items: value.items.map((item) => ({ ...item, turnId: value.turnId })) }));

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
