import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkListItems,
  checkListTurns,
  checkSearchThreads,
  pageCursors,
  type PageQuery,
} from '../src/checks/pages.ts';
import { decodeOrdinalCursor, encodeCursor, encodeOrdinalCursor } from '../src/cursor.ts';
import { defaultLimits, type SearchThreadsParams, type ThreadStoreError } from '../src/index.ts';
import { failure } from './failure.ts';

const threadId = '0199a5f0-7c1e-7000-8000-00000000abcd';
const otherId = '0199a5f0-7c1e-7000-8000-00000000abce';
const context = { limits: defaultLimits, tenant: 'a' };

const turns = (params: object = {}, tenant = 'a') => checkListTurns({ threadId, ...params }, { ...context, tenant });
const items = (params: object = {}) => checkListItems({ threadId, ...params }, context);
const search = (params: object, tenant = 'a') =>
  checkSearchThreads(params as SearchThreadsParams, { ...context, tenant });

function cursorsOf(query: PageQuery): { nextCursor: string; backwardsCursor: string } {
  const { nextCursor, backwardsCursor } = pageCursors(query.scope, { first: 3n, last: 7n, more: true });
  if (nextCursor === null || backwardsCursor === null) throw new Error('a cursor is missing');
  return { nextCursor, backwardsCursor };
}

describe('the defaults', () => {
  test('of turns', () => {
    expect(turns()).toMatchObject({
      threadId,
      includeArchived: false,
      pageSize: 50,
      sortDirection: 'desc',
      from: null,
      view: 'summary',
    });
  });

  test('of items', () => {
    expect(items()).toMatchObject({ pageSize: 50, sortDirection: 'asc', from: null, turnId: null });
    expect(items({ threadId: threadId.toUpperCase(), pageSize: 1_000, turnId: '' })).toMatchObject({
      threadId,
      pageSize: 200,
      turnId: '',
    });
  });

  test('of a search', () => {
    expect(search({ searchTerm: ' x ' })).toMatchObject({
      pageSize: 50,
      sortKey: 'created_at',
      sortDirection: 'desc',
      after: null,
      archived: false,
      searchTerm: null,
      term: { text: 'x', words: [], lastWordStart: 'x' },
      includeToolOutput: false,
    });
  });
});

describe('a wrong field', () => {
  test.for<[string, () => unknown]>([
    ['threadId', () => turns({ threadId: 'x' })],
    ['pageSize', () => turns({ pageSize: -1 })],
    ['sortDirection', () => turns({ sortDirection: 'up' })],
    ['itemsView', () => turns({ itemsView: 'all' })],
    ['itemsView', () => turns({ itemsView: null })],
    ['includeArchived', () => items({ includeArchived: 1 })],
    ['cursor', () => items({ cursor: 1 })],
    ['turnId', () => items({ turnId: 1 })],
    ['turnId', () => items({ turnId: 'a\0' })],
    ['turnId', () => items({ turnId: '\ud800' })],
    ['searchTerm', () => search({})],
    ['searchTerm', () => search({ searchTerm: null })],
    ['searchTerm', () => search({ searchTerm: '' })],
    ['searchTerm', () => search({ searchTerm: ' \n' })],
    ['searchTerm', () => search({ searchTerm: '%_*.🚀' })],
    ['searchTerm', () => search({ searchTerm: 'a\0' })],
    ['searchTerm', () => search({ searchTerm: 'x'.repeat(257) })],
    ['includeToolOutput', () => search({ searchTerm: 'x', includeToolOutput: 'yes' })],
    ['sortKey', () => search({ searchTerm: 'x', sortKey: 'name' })],
    ['cursor', () => items({ cursor: 'x'.repeat(1_025) })],
  ])('%s %#', ([field, check]) => {
    const error: ThreadStoreError = failure(check);
    expect(error).toMatchObject({ code: 'invalid_request', details: { field } });
  });
});

describe('a cursor of turns or items', () => {
  test('names its position', () => {
    const { scope } = turns();
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.boolean(), (ordinal, inclusive) => {
        const cursor = encodeOrdinalCursor({ ordinal, inclusive }, scope);
        expect(decodeOrdinalCursor(cursor, scope)).toEqual({ ordinal, inclusive });
      }),
    );
  });

  test('leads on after the last entry, and back from the first', () => {
    const { nextCursor, backwardsCursor } = cursorsOf(turns());
    expect(turns({ cursor: nextCursor }).from).toEqual({ ordinal: 7n, inclusive: false });
    expect(turns({ cursor: backwardsCursor }).from).toEqual({ ordinal: 3n, inclusive: true });
    expect(pageCursors(turns().scope, { first: 3n, last: 7n, more: false }).nextCursor).toBeNull();
    expect(pageCursors(turns().scope, null)).toEqual({ nextCursor: null, backwardsCursor: null });
  });

  test('goes with any page size, direction, view and archive flag', () => {
    const cursor = cursorsOf(turns()).nextCursor;
    const other = { pageSize: 3, sortDirection: 'asc', itemsView: 'full', includeArchived: true };
    expect(turns({ cursor, ...other }).from).toEqual({ ordinal: 7n, inclusive: false });
  });

  const ofTurns = cursorsOf(turns()).nextCursor;
  const ofItems = cursorsOf(items()).nextCursor;
  const ofThreads = encodeCursor({ time: new Date(5), threadId }, search({ searchTerm: 'x' }).scope);

  test.for<[string, () => unknown]>([
    ['another thread', () => turns({ threadId: otherId, cursor: ofTurns })],
    ['turns', () => items({ cursor: ofTurns })],
    ['items', () => turns({ cursor: ofItems })],
    ['all items', () => items({ turnId: 'a', cursor: ofItems })],
    ['another turn', () => items({ turnId: 'a', cursor: cursorsOf(items({ turnId: 'b' })).nextCursor })],
    ['threads', () => turns({ cursor: ofThreads })],
    ['turns, for threads', () => search({ searchTerm: 'x', cursor: ofTurns })],
  ])('of %s says that it is one', ([, check]) => {
    expect(failure(check).reason).toBe('CURSOR_MISMATCH');
  });

  test.for(['', 'x', '2026-01-02T03:04:05Z', `${ofTurns}=`, ofTurns.slice(1), `${ofTurns}A`])('is not %j', (cursor) => {
    expect(failure(() => turns({ cursor })).reason).toBe('INVALID_CURSOR');
  });

  test('of another tenant is none', () => {
    expect(failure(() => turns({ cursor: ofTurns }, 'b')).reason).toBe('INVALID_CURSOR');
  });
});

describe('a cursor of a search', () => {
  const cursor = encodeCursor({ time: new Date(5), threadId }, search({ searchTerm: 'x' }).scope);

  test('goes with the same term', () => {
    expect(search({ searchTerm: ' x', cursor, pageSize: 2 }).after).toEqual({ time: new Date(5), threadId });
  });

  test.for<[string, object]>([
    ['term', { searchTerm: 'y' }],
    ['reach', { searchTerm: 'x', includeToolOutput: true }],
    ['order', { searchTerm: 'x', sortDirection: 'asc' }],
    ['filter', { searchTerm: 'x', archived: true }],
  ])('does not go with another %s', ([, params]) => {
    expect(failure(() => search({ ...params, cursor })).reason).toBe('CURSOR_MISMATCH');
  });
});
