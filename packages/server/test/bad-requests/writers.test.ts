import { expect, test } from 'vitest';
import {
  archivedId,
  deletedId,
  freshId,
  good,
  refusedAll,
  releasedId,
  takenId,
  threadId,
  type BadRequest,
} from '../support/bad-request.ts';
import { requestBytes } from '../support/wire.ts';

const items = [good];
const ofWriters = ['PersistThread', 'FlushThread', 'ShutdownThread', 'DiscardThread'] as const;

const epochs: readonly BadRequest[] = [
  {
    what: 'E1 a writer that was fenced',
    method: 'AppendItems',
    request: { threadId: takenId, epoch: 1n, sequence: 1n, items },
    reason: 'FENCED',
    message: /later writer/,
  },
  {
    what: 'E2 an epoch that was never granted',
    method: 'AppendItems',
    request: { threadId, epoch: 9n, sequence: 0n, items },
    reason: 'EPOCH_NOT_GRANTED',
    message: /9.*1/,
  },
  {
    what: 'E4 a sequence that holds other items',
    method: 'AppendItems',
    request: { threadId, epoch: 1n, sequence: 0n, items },
    reason: 'SEQUENCE_REUSED',
  },
  {
    what: 'E5 a sequence ahead',
    method: 'AppendItems',
    request: { threadId, epoch: 1n, sequence: 7n, items },
    reason: 'SEQUENCE_GAP',
    message: /1.*7|7.*1/,
  },
  {
    what: 'a writer that has released the thread',
    method: 'AppendItems',
    request: { threadId: releasedId, epoch: 1n, sequence: 1n, items },
    reason: 'WRITER_RELEASED',
  },
  ...ofWriters.flatMap((method): readonly BadRequest[] => [
    { what: 'E8 a stale epoch', method, request: { threadId: takenId, epoch: 1n }, reason: 'FENCED' },
    { what: 'E2 an epoch to come', method, request: { threadId, epoch: 9n }, reason: 'EPOCH_NOT_GRANTED' },
  ]),
  // There is nothing to discard in what is not there.
  ...ofWriters
    .filter((method) => method !== 'DiscardThread')
    .flatMap((method): readonly BadRequest[] => [
      { what: 'E10 an absent thread', method, request: { threadId: freshId, epoch: 1n }, reason: 'THREAD_NOT_FOUND' },
      { what: 'E10 a deleted thread', method, request: { threadId: deletedId, epoch: 1n }, reason: 'THREAD_DELETED' },
    ]),
  {
    what: "another's lease runs",
    method: 'ResumeThread',
    request: { threadId },
    reason: 'WRITER_LIVE',
    message: /live writer/,
  },
  {
    what: 'K10 an archived thread, without saying so',
    method: 'ResumeThread',
    request: { threadId: archivedId },
    reason: 'THREAD_ARCHIVED',
  },
  ...['ReadThread', 'ReadHistory', 'ListTurns', 'ListItems'].map((method): BadRequest => ({
    what: 'an archived thread, without saying so',
    method,
    request: { threadId: archivedId },
    reason: 'THREAD_ARCHIVED',
  })),
];

const copies: readonly BadRequest[] = [
  {
    what: 'K1 of an absent thread',
    method: 'ForkThread',
    request: { threadId: deletedId, sourceThreadId: freshId },
    reason: 'THREAD_NOT_FOUND',
  },
  {
    what: 'K1 of a deleted thread',
    method: 'ForkThread',
    request: { threadId: freshId, sourceThreadId: deletedId },
    reason: 'THREAD_DELETED',
  },
  {
    what: 'of an archived thread',
    method: 'ForkThread',
    request: { threadId: freshId, sourceThreadId: archivedId },
    reason: 'THREAD_ARCHIVED',
  },
  {
    what: 'K2 beyond what a store counts',
    method: 'ForkThread',
    request: {
      threadId: freshId,
      sourceThreadId: threadId,
      at: { point: { case: 'beforeOrdinal', value: 2n ** 64n - 1n } },
    },
    reason: 'INVALID_FIELD',
    field: 'at.beforeOrdinal',
  },
  {
    what: 'N14 an operation id that is none',
    method: 'AppendItems',
    request: { threadId, items, externalOperationId: '' },
    reason: 'INVALID_FIELD',
    field: 'operationId',
  },
  {
    what: 'N14 an operation id over the limit',
    method: 'AppendItems',
    request: { threadId, items, externalOperationId: 'x'.repeat(10_000) },
    reason: 'LIMIT_EXCEEDED',
    field: 'operationId',
  },
  {
    what: 'an external append with an epoch',
    method: 'AppendItems',
    request: { threadId, epoch: 1n, items, externalOperationId: 'x' },
    reason: 'INVALID_FIELD',
  },
  ...['ArchiveThread', 'UnarchiveThread', 'DeleteThread'].flatMap((method): readonly BadRequest[] => [
    { what: 'an absent thread', method, request: { threadId: freshId }, reason: 'THREAD_NOT_FOUND' },
    { what: 'an epoch to come', method, request: { threadId, epoch: 9n }, reason: 'EPOCH_NOT_GRANTED' },
  ]),
];

const service = refusedAll([...epochs, ...copies]);

test('E9, K5, K6 what is done twice is done once', async () => {
  const { client } = service();
  const twice: readonly (readonly [method: string, request: object])[] = [
    ['ArchiveThread', { threadId: archivedId }],
    ['ShutdownThread', { threadId: releasedId, epoch: 1n }],
    ['DiscardThread', { threadId: releasedId, epoch: 1n }],
    ['DiscardThread', { threadId: freshId, epoch: 1n }],
    ['UnarchiveThread', { threadId, epoch: 1n }],
  ];
  for (const [method, request] of twice)
    expect([method, await client.call(method, requestBytes(method, request))]).toEqual([method, null]);
});

test('E6 a batch that a fenced writer had stored is found stored, and N2 an id in upper case is the same thread', async () => {
  const { client } = service();
  const request = { threadId: takenId.toUpperCase(), epoch: 1n, sequence: 0n, items: [Buffer.from('{"type":"seed"}')] };
  expect(await client.call('AppendItems', requestBytes('AppendItems', request))).toBeNull();
});
