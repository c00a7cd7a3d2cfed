import { expect, test } from 'vitest';
import { deletedId, freshId, refusedAll, threadId, type BadRequest } from '../support/bad-request.ts';
import { requestBytes } from '../support/wire.ts';

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

const service = refusedAll(queries);

test.each([
  { searchTerm: '%' },
  { searchTerm: '_' },
  { searchTerm: '\\' },
  { searchTerm: "';--" },
  { searchTerm: '(a+)+$' },
  { cwdFilter: {} },
])('Q10, Q12, Q13 a filter that finds nothing: %j', async (request) => {
  expect(await service().client.call('ListThreads', requestBytes('ListThreads', request))).toBeNull();
});

test('Q2 a page over the maximum is lowered', async () => {
  expect(await service().client.call('ListThreads', requestBytes('ListThreads', { pageSize: 2 ** 31 - 1 }))).toBeNull();
});
