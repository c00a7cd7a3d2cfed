import { MemoryThreadStore, ThreadStoreError, type ThreadStore, type ThreadStoreErrorReason } from '@threadstore/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { served, type Served } from './support/served.ts';
import { bytesField, requestBytes, varintField, WireClient } from './support/wire.ts';

const threadId = '0191a000-0000-7000-8000-000000000001';
const deletedId = '0191a000-0000-7000-8000-000000000002';
const freshId = '0191a000-0000-7000-8000-000000000003';
const seed = '{"type":"seed"}';

// Small enough that what is over them is quick to send.
const limits = { itemBytesMax: 64 * 1024, appendBytesMax: 256 * 1024 };

let one: Served;
let client: WireClient;
let before: unknown;

/** All that can be seen of what is stored. */
async function stored(store: ThreadStore): Promise<unknown> {
  const { threads } = await store.listThreads();
  const archived = await store.listThreads({ archived: true });
  const items = await Promise.all(threads.map((thread) => store.loadHistory({ threadId: thread.threadId })));
  return { threads, archived, items };
}

beforeAll(async () => {
  one = await served({ store: new MemoryThreadStore({ limits, leaseDurationMs: 3_600_000 }), limits });
  client = new WireClient(one.endpoint);
  const { epoch } = await one.store.createThread({ threadId, metadata: { name: 'kept' } });
  await one.store.appendItems({ threadId, epoch, sequence: 0n, items: [seed] });
  await one.store.createThread({ threadId: deletedId });
  await one.store.persistThread({ threadId: deletedId, epoch: 1n });
  await one.store.deleteThread({ threadId: deletedId });
  before = await stored(one.store);
});

afterAll(async () => {
  client[Symbol.dispose]();
  await one[Symbol.asyncDispose]();
});

interface BadRequest {
  readonly what: string;
  readonly method: string;
  readonly request: object | Buffer;
  readonly reason: ThreadStoreErrorReason;
  readonly field?: string;
  readonly message?: RegExp;
}

/** Refused by its reason, with the field named, in one short line without content; nothing is stored; the service lives. */
async function refused({ method, request, reason, field, message }: BadRequest): Promise<void> {
  const bytes = Buffer.isBuffer(request) ? request : requestBytes(method, request);
  const error = await client.call(method, bytes);
  expect(error).toBeInstanceOf(ThreadStoreError);
  expect(error).toMatchObject({
    reason,
    effect: 'none',
    remote: true,
    ...(field === undefined ? {} : { details: { field } }),
  });
  const text = error?.message ?? '';
  expect(text).toMatch(message ?? /./);
  expect(text).toContain(field ?? '');
  expect(text).toMatch(/^[\x20-\x7e]{1,200}$/);
  expect(await stored(one.store)).toEqual(before);
}

const append = { threadId, epoch: 1n, sequence: 1n };
const item = (text: string | Uint8Array): object => ({
  ...append,
  items: [typeof text === 'string' ? Buffer.from(text) : text],
});
const good = Buffer.from('{"type":"good"}');
const nested = (depth: number): string => `{"type":"deep","a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

const identifiers: readonly BadRequest[] = [
  ...[
    '',
    'x',
    'not-a-uuid',
    '{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}',
    'a0eebc999c0b4ef8bb6d6bb9bd380a11',
    `${threadId} `,
  ].flatMap((id) =>
    ['ReadThread', 'CreateThread', 'DeleteThread', 'ReadHistory', 'ListTurns', 'ListItems'].map(
      (method): BadRequest => ({
        what: `N2 ${JSON.stringify(id)}`,
        method,
        request: { threadId: id },
        reason: 'INVALID_FIELD',
        field: 'threadId',
      }),
    ),
  ),
  {
    what: 'N3 the nil UUID',
    method: 'CreateThread',
    request: { threadId: '00000000-0000-0000-0000-000000000000' },
    reason: 'INVALID_FIELD',
    field: 'threadId',
  },
  {
    what: 'N4 a megabyte',
    method: 'ReadThread',
    request: { threadId: 'a'.repeat(1_000_000) },
    reason: 'INVALID_FIELD',
    field: 'threadId',
    message: /1000000 characters/,
  },
  {
    what: 'N6 an absent thread',
    method: 'ReadThread',
    request: { threadId: freshId },
    reason: 'THREAD_NOT_FOUND',
    message: new RegExp(freshId),
  },
  { what: 'N8 a deleted thread', method: 'ReadThread', request: { threadId: deletedId }, reason: 'THREAD_DELETED' },
  { what: 'N11 create over a thread', method: 'CreateThread', request: { threadId }, reason: 'THREAD_EXISTS' },
  {
    what: 'N12 create over a deleted thread',
    method: 'CreateThread',
    request: { threadId: deletedId },
    reason: 'THREAD_ID_USED',
  },
  {
    what: 'a fork of what is no id',
    method: 'CreateThread',
    request: { threadId: freshId, forkedFromId: 'x' },
    reason: 'INVALID_FIELD',
    field: 'forkedFromId',
  },
  {
    what: 'a parent that is no id',
    method: 'CreateThread',
    request: { threadId: freshId, parentThreadId: '' },
    reason: 'INVALID_FIELD',
    field: 'parentThreadId',
  },
  {
    what: 'a fork of an absent thread',
    method: 'ForkThread',
    request: { threadId: deletedId, sourceThreadId: freshId },
    reason: 'THREAD_NOT_FOUND',
    message: new RegExp(freshId),
  },
  {
    what: 'a fork over a thread',
    method: 'ForkThread',
    request: { threadId, sourceThreadId: threadId },
    reason: 'THREAD_EXISTS',
  },
  {
    what: 'a fork that ends nowhere',
    method: 'ForkThread',
    request: { threadId: freshId, sourceThreadId: threadId, at: {} },
    reason: 'INVALID_FIELD',
    field: 'at',
  },
  {
    what: 'a fork that ends at a turn that is not there',
    method: 'ForkThread',
    request: { threadId: freshId, sourceThreadId: threadId, at: { point: { case: 'throughTurn', value: 'none' } } },
    reason: 'INVALID_FIELD',
    field: 'at.throughTurn',
  },
];

const payloads: readonly BadRequest[] = [
  { what: 'P1 no items', method: 'AppendItems', request: append, reason: 'INVALID_FIELD', field: 'items' },
  {
    what: 'P2 1,001 items',
    method: 'AppendItems',
    request: { ...append, items: Array.from({ length: 1_001 }, () => good) },
    reason: 'LIMIT_EXCEEDED',
    field: 'items',
    message: /1001.*1000/,
  },
  {
    what: 'P3 an item over the limit',
    method: 'AppendItems',
    request: item(JSON.stringify({ type: 'x'.repeat(64 * 1024) })),
    reason: 'LIMIT_EXCEEDED',
    field: 'items[0]',
    message: /65547.*65536/,
  },
  {
    what: 'P3 a batch over the limit',
    method: 'AppendItems',
    request: {
      ...append,
      items: Array.from({ length: 5 }, () => Buffer.from(JSON.stringify({ type: 'x'.repeat(60 * 1024) }))),
    },
    reason: 'LIMIT_EXCEEDED',
    field: 'items',
  },
  ...[
    '',
    ' ',
    '{',
    '{"a":}',
    '{"type":"a",}',
    "{'type':'a'}",
    '{"type":NaN}',
    '{"type":Infinity}',
    '{"type":undefined}',
    '{"type":"a","n":01}',
    '{"type":"a","n":+1}',
    '{"type":"a","n":.5}',
    '{"type":"a","n":1.}',
    '{"type":"a"} x',
    '{"type":"a"}{}',
    '\uFEFF{"type":"a"}',
    '{"type":"a\u0001"}',
    '{"type":"a\u0000"}',
  ].map((text): BadRequest => ({
    what: `P5 ${JSON.stringify(text)}`,
    method: 'AppendItems',
    request: item(text),
    reason: 'ITEM_NOT_JSON',
    field: 'items[0]',
    message: /offset \d+/,
  })),
  ...['1', '"type"', 'null', 'true', '[]', '[{"type":"a"}]'].map((text): BadRequest => ({
    what: `P7 ${text}`,
    method: 'AppendItems',
    request: item(text),
    reason: 'INVALID_FIELD',
    field: 'items[0]',
    message: /object/,
  })),
  ...['{}', '{"type":1}', '{"type":null}', '{"Type":"a"}', '{"payload":{"type":"a"}}'].map((text): BadRequest => ({
    what: `P7 ${text}`,
    method: 'AppendItems',
    request: item(text),
    reason: 'INVALID_FIELD',
    field: 'items[0]',
    message: /type/,
  })),
  ...([[0xff, 0xfe], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x8c], [0x80]] as const).map(
    (bytes): BadRequest => ({
      what: `P8 the bytes ${Buffer.from(bytes).toString('hex')}`,
      method: 'AppendItems',
      request: item(Buffer.concat([Buffer.from('{"type":"'), Buffer.from(bytes), Buffer.from('"}')])),
      reason: 'NOT_UNICODE',
      field: 'items[0]',
      message: /offset 9/,
    }),
  ),
  {
    what: 'P12 depth 129',
    method: 'AppendItems',
    request: item(nested(129)),
    reason: 'LIMIT_EXCEEDED',
    field: 'items[0]',
    message: /129.*128/,
  },
  {
    what: 'P12 60,000 opening brackets',
    method: 'AppendItems',
    request: item('['.repeat(60_000)),
    reason: 'LIMIT_EXCEEDED',
    field: 'items[0]',
  },
  {
    what: 'P20 one bad item in a batch',
    method: 'AppendItems',
    request: { ...append, items: [...Array.from({ length: 500 }, () => good), Buffer.from('{'), good] },
    reason: 'ITEM_NOT_JSON',
    field: 'items[500]',
  },
  {
    what: 'T22 two million empty items',
    method: 'AppendItems',
    request: Buffer.concat([requestBytes('AppendItems', append), Buffer.alloc(2 * 130_000, Buffer.from([0x22, 0]))]),
    reason: 'LIMIT_EXCEEDED',
    field: 'items',
    message: /130000/,
  },
];

const patch = (fields: object): object => ({ threadId, patch: fields });
const long = 'x'.repeat(64 * 1024 + 1);

const patches: readonly BadRequest[] = [
  {
    what: 'no patch at all',
    method: 'UpdateThreadMetadata',
    request: { threadId },
    reason: 'INVALID_FIELD',
    field: 'patch',
  },
  {
    what: 'M2 set and cleared',
    method: 'UpdateThreadMetadata',
    request: patch({ name: 'a', clear: [1] }),
    reason: 'INVALID_FIELD',
    field: 'patch.name',
  },
  {
    what: 'M2 clear 77',
    method: 'UpdateThreadMetadata',
    request: patch({ clear: [77] }),
    reason: 'INVALID_FIELD',
    field: 'patch.clear',
  },
  {
    what: 'M2 clear nothing',
    method: 'UpdateThreadMetadata',
    request: patch({ clear: [0] }),
    reason: 'INVALID_FIELD',
    field: 'patch.clear',
  },
  {
    what: 'M2 memory mode 77',
    method: 'UpdateThreadMetadata',
    request: patch({ memoryMode: 77 }),
    reason: 'INVALID_FIELD',
    field: 'patch.memoryMode',
  },
  {
    what: 'a name over the limit',
    method: 'UpdateThreadMetadata',
    request: patch({ name: 'x'.repeat(1_025) }),
    reason: 'LIMIT_EXCEEDED',
    field: 'patch.name',
  },
  ...[
    'title',
    'preview',
    'firstUserMessage',
    'modelProvider',
    'model',
    'reasoningEffort',
    'cwd',
    'cliVersion',
    'source',
    'threadSource',
    'agentNickname',
    'agentRole',
    'agentPath',
  ].flatMap((field): readonly BadRequest[] => [
    {
      what: `M7 ${field} over the limit`,
      method: 'UpdateThreadMetadata',
      request: patch({ [field]: long }),
      reason: 'LIMIT_EXCEEDED',
      field: `patch.${field}`,
    },
    {
      what: `${field} with a NUL`,
      method: 'UpdateThreadMetadata',
      request: patch({ [field]: 'a\0b' }),
      reason: 'INVALID_FIELD',
      field: `patch.${field}`,
    },
  ]),
  {
    what: 'git over the limit',
    method: 'UpdateThreadMetadata',
    request: patch({ gitInfo: { branch: long } }),
    reason: 'LIMIT_EXCEEDED',
    field: 'patch.gitInfo.branch',
  },
  {
    what: 'M7 JSON that is none',
    method: 'UpdateThreadMetadata',
    request: patch({ approvalModeJson: '{' }),
    reason: 'INVALID_FIELD',
    field: 'patch.approvalMode',
  },
  {
    what: 'M7 JSON too deep',
    method: 'UpdateThreadMetadata',
    request: patch({ sandboxPolicyJson: nested(129) }),
    reason: 'LIMIT_EXCEEDED',
    field: 'patch.sandboxPolicy',
  },
  {
    what: 'M7 JSON over the limit',
    method: 'UpdateThreadMetadata',
    request: patch({ sandboxPolicyJson: JSON.stringify(long) }),
    reason: 'LIMIT_EXCEEDED',
    field: 'patch.sandboxPolicy',
  },
  {
    what: 'a structured source that is no JSON',
    method: 'UpdateThreadMetadata',
    request: patch({ source: '{x' }),
    reason: 'INVALID_FIELD',
    field: 'patch.source',
  },
  {
    what: 'more tokens than a double counts',
    method: 'UpdateThreadMetadata',
    request: patch({ tokenUsage: { inputTokens: 2n ** 60n } }),
    reason: 'INVALID_FIELD',
    field: 'patch.tokenUsage.inputTokens',
  },
  ...[
    { seconds: -62_135_596_801n, nanos: 0 },
    { seconds: 253_402_300_800n, nanos: 0 },
    { seconds: 10n ** 18n, nanos: 0 },
    { seconds: 0n, nanos: 1_000_000_000 },
    { seconds: 0n, nanos: -1 },
  ].map((createdAt): BadRequest => ({
    what: `M9 ${createdAt.seconds}s ${createdAt.nanos}ns`,
    method: 'UpdateThreadMetadata',
    request: patch({ createdAt }),
    reason: 'INVALID_FIELD',
    field: 'patch.createdAt',
  })),
  {
    what: 'a bad patch with an append',
    method: 'AppendItems',
    request: { ...append, items: [good], metadata: { name: 'a\0' } },
    reason: 'INVALID_FIELD',
    field: 'metadata.name',
  },
  {
    what: 'a bad patch with a create',
    method: 'CreateThread',
    request: { threadId: freshId, metadata: { cwd: long } },
    reason: 'LIMIT_EXCEEDED',
    field: 'metadata.cwd',
  },
  {
    what: 'takeover 77',
    method: 'ResumeThread',
    request: { threadId, takeover: 77 },
    reason: 'INVALID_FIELD',
    field: 'takeover',
  },
  {
    what: 'a holder over the limit',
    method: 'CreateThread',
    request: { threadId: freshId, holder: 'x'.repeat(257) },
    reason: 'LIMIT_EXCEEDED',
    field: 'holder',
  },
];

const queries: readonly BadRequest[] = [
  {
    what: 'Q3 a negative page',
    method: 'ListThreads',
    request: { pageSize: -1 },
    reason: 'INVALID_FIELD',
    field: 'pageSize',
  },
  ...['x', 'eyJhIjoxfQ', '2026-02-30T00:00:00Z', '../../etc/passwd', "' or 1=1 --"].map((pageToken): BadRequest => ({
    what: `Q4 ${pageToken}`,
    method: 'ListThreads',
    request: { pageToken },
    reason: 'INVALID_CURSOR',
    field: 'cursor',
  })),
  {
    what: 'Q4 a cursor of a megabyte',
    method: 'ListThreads',
    request: { pageToken: 'a'.repeat(1_000_000) },
    reason: 'LIMIT_EXCEEDED',
    field: 'cursor',
  },
  {
    what: 'Q9 sort key 77',
    method: 'ListThreads',
    request: { sortKey: 77 },
    reason: 'INVALID_FIELD',
    field: 'sortKey',
  },
  {
    what: 'Q9 direction 77',
    method: 'ListThreads',
    request: { sortDirection: 77 },
    reason: 'INVALID_FIELD',
    field: 'sortDirection',
  },
  {
    what: 'Q11 a search of 257 bytes',
    method: 'ListThreads',
    request: { searchTerm: 'x'.repeat(257) },
    reason: 'LIMIT_EXCEEDED',
    field: 'searchTerm',
  },
  {
    what: 'Q13 101 providers',
    method: 'ListThreads',
    request: { modelProviders: Array.from({ length: 101 }, String) },
    reason: 'LIMIT_EXCEEDED',
    field: 'modelProviders',
  },
  {
    what: 'Q13 101 directories',
    method: 'ListThreads',
    request: { cwdFilter: { values: Array.from({ length: 101 }, String) } },
    reason: 'LIMIT_EXCEEDED',
    field: 'cwdFilters',
  },
  {
    what: 'Q13 101 sources',
    method: 'ListThreads',
    request: { allowedSources: Array.from({ length: 101 }, String) },
    reason: 'LIMIT_EXCEEDED',
    field: 'allowedSources',
  },
  {
    what: 'a relation without a thread',
    method: 'ListThreads',
    request: { relation: {} },
    reason: 'INVALID_FIELD',
    field: 'relation',
  },
  {
    what: 'a relation to no id',
    method: 'ListThreads',
    request: { relation: { relation: { case: 'descendantsOf', value: 'x' } } },
    reason: 'INVALID_FIELD',
    field: 'relation.descendantsOf',
  },
  ...['ListTurns', 'ListItems'].flatMap((method): readonly BadRequest[] => [
    { what: 'a deleted thread', method, request: { threadId: deletedId }, reason: 'THREAD_DELETED' },
    { what: 'an absent thread', method, request: { threadId: freshId }, reason: 'THREAD_NOT_FOUND' },
    {
      what: 'a negative page',
      method,
      request: { threadId, pageSize: -1 },
      reason: 'INVALID_FIELD',
      field: 'pageSize',
    },
    ...['x', 'eyJhIjoxfQ', '2026-02-03T00:00:00Z'].map((pageToken): BadRequest => ({
      what: `the cursor ${pageToken}`,
      method,
      request: { threadId, pageToken },
      reason: 'INVALID_CURSOR',
      field: 'cursor',
    })),
    {
      what: 'direction 77',
      method,
      request: { threadId, sortDirection: 77 },
      reason: 'INVALID_FIELD',
      field: 'sortDirection',
    },
  ]),
  {
    what: 'view 77',
    method: 'ListTurns',
    request: { threadId, itemsView: 77 },
    reason: 'INVALID_FIELD',
    field: 'itemsView',
  },
  ...['', ' ', '"%"', '\u{1F600}'].map((searchTerm): BadRequest => ({
    what: `a search for ${JSON.stringify(searchTerm)}`,
    method: 'SearchThreads',
    request: { searchTerm },
    reason: 'INVALID_FIELD',
    field: 'searchTerm',
  })),
  {
    what: 'a search of 257 bytes',
    method: 'SearchThreads',
    request: { searchTerm: 'x'.repeat(257) },
    reason: 'LIMIT_EXCEEDED',
    field: 'searchTerm',
  },
  {
    what: "a search with a list's own term",
    method: 'SearchThreads',
    request: { searchTerm: 'x', list: { searchTerm: 'y' } },
    reason: 'INVALID_FIELD',
    field: 'list.searchTerm',
  },
  {
    what: 'a search with a cursor that is none',
    method: 'SearchThreads',
    request: { searchTerm: 'x', list: { pageToken: 'x' } },
    reason: 'INVALID_CURSOR',
    field: 'cursor',
  },
  {
    what: 'an ordinal beyond what a store counts',
    method: 'ReadHistory',
    request: { threadId, fromOrdinal: 2n ** 64n - 1n },
    reason: 'INVALID_FIELD',
    field: 'fromOrdinal',
  },
  {
    what: 'an epoch beyond what a store counts',
    method: 'FlushThread',
    request: { threadId, epoch: 2n ** 64n - 1n },
    reason: 'INVALID_FIELD',
    field: 'epoch',
  },
];

const undecodable: readonly BadRequest[] = [
  {
    what: 'T17 a length past the end',
    method: 'AppendItems',
    request: Buffer.concat([requestBytes('AppendItems', append), Buffer.from([0x22, 100, 1])]),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
  {
    what: 'T18 a string past the end',
    method: 'ReadThread',
    request: Buffer.from([0x0a, 36, 0x61]),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
  { what: 'T19 a number for a string', method: 'ReadThread', request: varintField(1, 7), reason: 'INVALID_FIELD' },
  {
    what: 'T21 nested unknown groups',
    method: 'ReadThread',
    request: Buffer.alloc(200_000, 0x1b),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
  {
    what: 'random bytes',
    method: 'AppendItems',
    request: Buffer.from('c7f1e0d2b3a49586776859', 'hex'),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
  {
    what: 'a string that is not UTF-8',
    method: 'ReadThread',
    request: bytesField(1, Buffer.from([0xff])),
    reason: 'INVALID_FIELD',
    field: 'request',
  },
];

describe.each([
  ['identifiers', identifiers],
  ['items', payloads],
  ['metadata', patches],
  ['queries', queries],
  ['bytes that are no request', undecodable],
])('%s', (_section, requests) => {
  test.each(requests)('$method: $what', refused);
});

describe('what looks bad and is good', () => {
  test.each([
    ['P9 an escaped NUL', '{"type":"a\\u0000"}'],
    ['P9 half a surrogate pair, escaped', '{"type":"a","x":"\\ud83c"}'],
    ['P12 depth 128', nested(128)],
    ['P13 many keys', `{"type":"a",${Array.from({ length: 5_000 }, (_one, key) => `"${key}":0`).join(',')}}`],
    ['P15 names of a prototype', '{"__proto__":{"x":1},"constructor":2,"toString":3,"type":"a"}'],
    ['P16 numbers', '{"type":"a","n":[1e131071,1e400,-0,0.1e-400,12345678901234567890,1.0]}'],
    ['P17 a long string', JSON.stringify({ type: 'x'.repeat(60_000) })],
    ['P19 an error of ours', '{"type":"error","reason":"FENCED","grpc-status":"10"}'],
  ])('%s', async (_what, text) => {
    await using fresh = await served({ limits });
    using wire = new WireClient(fresh.endpoint);
    expect(await wire.call('CreateThread', requestBytes('CreateThread', { threadId: freshId }))).toBeNull();
    const request = { threadId: freshId, epoch: 1n, sequence: 0n, items: [Buffer.from(text)] };
    expect(await wire.call('AppendItems', requestBytes('AppendItems', request))).toBeNull();
    expect((await fresh.store.loadHistory({ threadId: freshId })).items).toEqual([text]);
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });

  test.each([
    { searchTerm: '%' },
    { searchTerm: '_' },
    { searchTerm: '\\' },
    { searchTerm: "';--" },
    { searchTerm: '(a+)+$' },
    { cwdFilter: {} },
  ])('Q10, Q12, Q13 a filter that finds nothing: %j', async (request) => {
    expect(await client.call('ListThreads', requestBytes('ListThreads', request))).toBeNull();
  });

  test('Q2 a page over the maximum is lowered', async () => {
    expect(await client.call('ListThreads', requestBytes('ListThreads', { pageSize: 2 ** 31 - 1 }))).toBeNull();
  });

  test('M1 an empty patch is a plain read', async () => {
    expect(await client.call('UpdateThreadMetadata', requestBytes('UpdateThreadMetadata', patch({})))).toBeNull();
  });
});
