import { describe, expect, test } from 'vitest';
import { resolveLimits } from '../src/checks/limits.ts';
import { checkListThreads, type ThreadQuery } from '../src/checks/list.ts';
import type { Limits, ListThreadsParams } from '../src/index.ts';
import { failure } from './failure.ts';

const threadId = '0199a5f0-7c1e-7000-8000-000000000001';

function check(params?: unknown, limits: Partial<Limits> = {}): ThreadQuery {
  return checkListThreads(params as ListThreadsParams | undefined, { limits: resolveLimits(limits), tenant: 't' });
}

test('no argument is the first page of everything', () => {
  expect(check()).toMatchObject({
    pageSize: 50,
    sortKey: 'created_at',
    sortDirection: 'desc',
    after: null,
    sources: null,
    modelProviders: null,
    cwds: null,
    archived: false,
    searchTerm: null,
    relation: null,
  });
});

test.for([
  [0, 50],
  [1, 1],
  [200, 200],
  [201, 200],
  [1e300, 200],
] as const)('a page size of %d is %d', ([pageSize, expected]) => {
  expect(check({ pageSize }).pageSize).toBe(expected);
});

test('empty filters', () => {
  const query = check({ allowedSources: [], modelProviders: [], cwdFilters: [], searchTerm: '' });
  expect(query).toMatchObject({ sources: null, modelProviders: null, cwds: [], searchTerm: null });
  expect(check({ modelProviders: null, cwdFilters: null, searchTerm: null, relation: null, cursor: null })).toEqual(
    check(),
  );
});

test('values are taken once', () => {
  const query = check({
    allowedSources: ['cli', { b: 1, a: 2 }, 'cli', { a: 2, b: 1 }],
    modelProviders: ['x', 'x', 'y'],
    cwdFilters: ['/a', '/a'],
  });
  expect(query).toMatchObject({ sources: ['cli', '{"a":2,"b":1}'], modelProviders: ['x', 'y'], cwds: ['/a'] });
});

test('a relation is one of two', () => {
  expect(check({ relation: { directChildrenOf: threadId.toUpperCase() } }).relation).toEqual({
    directChildrenOf: threadId,
  });
  expect(check({ relation: { descendantsOf: threadId } }).relation).toEqual({ descendantsOf: threadId });
});

describe('what is refused names the field', () => {
  test.for([
    ['pageSize', { pageSize: -1 }],
    ['pageSize', { pageSize: 1.5 }],
    ['pageSize', { pageSize: Number.NaN }],
    ['pageSize', { pageSize: Number.POSITIVE_INFINITY }],
    ['pageSize', { pageSize: '10' }],
    ['pageSize', { pageSize: null }],
    ['sortKey', { sortKey: 'name' }],
    ['sortKey', { sortKey: 77 }],
    ['sortDirection', { sortDirection: 'DESC' }],
    ['archived', { archived: 'true' }],
    ['cursor', { cursor: 5 }],
    ['allowedSources', { allowedSources: 'cli' }],
    ['allowedSources', { allowedSources: null }],
    ['allowedSources[1]', { allowedSources: ['cli', 5] }],
    ['allowedSources[0]', { allowedSources: ['{'] }],
    ['modelProviders', { modelProviders: 'x' }],
    ['modelProviders[0]', { modelProviders: [null] }],
    ['modelProviders[0]', { modelProviders: Object.assign([], { length: 1 }) }],
    ['modelProviders[0]', { modelProviders: ['a\0b'] }],
    ['cwdFilters[2]', { cwdFilters: ['', '', 1] }],
    ['searchTerm', { searchTerm: 5 }],
    ['searchTerm', { searchTerm: '\0' }],
    ['relation', { relation: {} }],
    ['relation', { relation: 'x' }],
    ['relation', { relation: { directChildrenOf: threadId, descendantsOf: threadId } }],
    ['relation.directChildrenOf', { relation: { directChildrenOf: 'x' } }],
    ['relation.descendantsOf', { relation: { descendantsOf: null } }],
  ] as const)('%s', ([field, params]) => {
    expect(failure(() => check(params))).toMatchObject({ reason: 'INVALID_FIELD', details: { field } });
  });

  test.for(['allowedSources', 'modelProviders', 'cwdFilters'])('too many or too long values of %s', (field) => {
    const values = Array.from({ length: 4 }, () => 'abcd');
    expect(failure(() => check({ [field]: values }, { filterValuesMax: 3 }))).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      details: { field, limit: 'filterValuesMax', max: '3', got: '4' },
    });
    expect(failure(() => check({ [field]: values }, { metadataValueBytesMax: 3 }))).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      details: { field: `${field}[0]`, limit: 'metadataValueBytesMax', max: '3', got: '4' },
    });
  });

  test('too long terms and cursors', () => {
    expect(failure(() => check({ searchTerm: 'é'.repeat(129) })).details).toEqual({
      field: 'searchTerm',
      limit: 'searchTermBytesMax',
      max: '256',
      got: '258',
    });
    expect(failure(() => check({ cursor: 'x'.repeat(1_000_000) })).details).toEqual({
      field: 'cursor',
      limit: 'cursorBytesMax',
      max: '1024',
      got: '1000000',
    });
  });
});
