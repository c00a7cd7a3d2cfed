import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkListThreads, nextCursor, type ThreadQuery } from '../src/checks/list.ts';
import { decodeCursor, encodeCursor } from '../src/cursor.ts';
import { defaultLimits, MemoryThreadStore, type ListThreadsParams, type SortDirection } from '../src/index.ts';
import { facts, failure } from './failure.ts';

const threadId = '0199a5f0-7c1e-7000-8000-00000000abcd';
const scope = { tenant: 'a', fingerprint: '0123456789abcdef' };
const position = { time: new Date('2026-01-02T03:04:05.678Z'), threadId };

function check(params: ListThreadsParams, tenant = 'default'): ThreadQuery {
  return checkListThreads(params, { limits: defaultLimits, tenant });
}

describe('a cursor of this store', () => {
  test('names its position', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.uuid(), (time, id) => {
        expect(decodeCursor(encodeCursor({ time, threadId: id }, scope), scope, 'asc')).toEqual({ time, threadId: id });
      }),
    );
  });

  test('is base64url of a fixed length, well under its limit', () => {
    expect(encodeCursor(position, scope)).toMatch(/^[\w-]{66}$/);
  });

  test('with any byte changed is not one', () => {
    const bytes = Buffer.from(encodeCursor(position, scope), 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      for (const change of [1, 0x80, 0xff]) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ change;
        const error = failure(() => decodeCursor(changed.toString('base64url'), scope, 'asc'));
        expect(error).toMatchObject({ reason: 'INVALID_CURSOR', message: 'cursor: not issued by this service' });
      }
    }
  });

  test('with any character changed, cut, padded or doubled is not one', () => {
    const cursor = encodeCursor(position, scope);
    const others = ['', ' ', 'x', `${cursor}=`, ` ${cursor}`, `${cursor}\n`, cursor + cursor, '!'.repeat(66)];
    for (let at = 0; at < cursor.length; at += 1) {
      others.push(cursor.slice(0, at), cursor.slice(0, at) + (cursor[at] === 'B' ? 'C' : 'B') + cursor.slice(at + 1));
    }
    // The last character has bits that no byte uses: another spelling of the same bytes is not what was issued.
    for (const other of others) {
      expect(failure(() => decodeCursor(other, scope, 'asc')).reason).toBe('INVALID_CURSOR');
    }
  });

  test('of another tenant reads like a forged one', () => {
    const forged = failure(() => decodeCursor('x', scope, 'asc'));
    const foreign = failure(() => decodeCursor(encodeCursor(position, { ...scope, tenant: 'b' }), scope, 'asc'));
    expect(facts(foreign)).toEqual(facts(forged));
  });

  test('of another query says so', () => {
    const other = encodeCursor(position, { ...scope, fingerprint: 'ffffffffffffffff' });
    expect(failure(() => decodeCursor(other, scope, 'asc'))).toMatchObject({
      reason: 'CURSOR_MISMATCH',
      message: 'cursor: was issued for a different query',
    });
  });
});

describe('a plain time', () => {
  test.for([
    ['2026-01-02T03:04:05Z', 'asc', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02t03:04:05z', 'asc', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02 03:04:05Z', 'asc', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.6Z', 'asc', '2026-01-02T03:04:05.600Z'],
    ['2026-01-02T03:04:05.678Z', 'desc', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05.678000000Z', 'desc', '2026-01-02T03:04:05.678Z'],
    // Strictly after it are the times from .679 on, strictly before it those up to .678.
    ['2026-01-02T03:04:05.678000001Z', 'asc', '2026-01-02T03:04:05.678Z'],
    ['2026-01-02T03:04:05.678000001Z', 'desc', '2026-01-02T03:04:05.679Z'],
    ['2026-01-02T03:04:05.9999Z', 'desc', '2026-01-02T03:04:06.000Z'],
    ['2026-01-02T03:04:05+05:30', 'asc', '2026-01-01T21:34:05.000Z'],
    ['2026-01-02T03:04:05-00:00', 'asc', '2026-01-02T03:04:05.000Z'],
    ['2026-12-31T23:04:05-01:00', 'asc', '2027-01-01T00:04:05.000Z'],
    ['2016-12-31T23:59:60Z', 'asc', '2017-01-01T00:00:00.000Z'],
    ['0050-02-28T00:00:00Z', 'asc', '0050-02-28T00:00:00.000Z'],
    ['2024-02-29T00:00:00Z', 'asc', '2024-02-29T00:00:00.000Z'],
    ['2026-01-02T03-04-05', 'asc', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03-04-05', 'desc', '2026-01-02T03:04:05.000Z'],
  ] as const)('%s (%s)', ([cursor, direction, time]) => {
    expect(decodeCursor(cursor, scope, direction)).toEqual({ time: new Date(time), threadId: null });
  });

  test.for([
    '2026-01-02',
    '2026-01-02T03:04:05',
    '2026-01-02T03:04Z',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-01-02T24:00:00Z',
    '2026-01-02T03:60:00Z',
    '2026-01-02T03:04:61Z',
    '2026-01-02T03:04:05.Z',
    '2026-01-02T03:04:05+24:00',
    '2026-01-02T03:04:05+0530',
    '2026-01-02T03:04:05Z|0199a5f0-7c1e-7000-8000-00000000abcd',
    '2026-01-02T03-04-05Z',
    '1767322000',
    '+002026-01-02T03:04:05Z',
  ])('%s is none', (cursor) => {
    expect(failure(() => decodeCursor(cursor, scope, 'desc')).reason).toBe('INVALID_CURSOR');
  });
});

describe('what a cursor is bound to', () => {
  const base: Required<ListThreadsParams> = {
    pageSize: 10,
    cursor: null,
    sortKey: 'created_at',
    sortDirection: 'desc',
    allowedSources: ['cli', { a: 1, b: 2 }],
    modelProviders: ['x', 'y'],
    cwdFilters: ['/a', '/b'],
    archived: false,
    searchTerm: 's',
    relation: { directChildrenOf: threadId },
  };
  const changes: readonly Partial<ListThreadsParams>[] = [
    { sortKey: 'updated_at' },
    { sortDirection: 'asc' satisfies SortDirection },
    { allowedSources: ['cli'] },
    { allowedSources: [] },
    { modelProviders: ['x'] },
    { modelProviders: null },
    { modelProviders: ['x,y'] },
    { cwdFilters: ['/a'] },
    { cwdFilters: [] },
    { cwdFilters: null },
    { cwdFilters: ['x', 'y'], modelProviders: ['/a', '/b'] },
    { archived: true },
    { searchTerm: 'S' },
    { searchTerm: null },
    { relation: { descendantsOf: threadId } },
    { relation: { directChildrenOf: '0199a5f0-7c1e-7000-8000-00000000abce' } },
    { relation: null },
  ];

  async function issued(): Promise<string> {
    await using store = new MemoryThreadStore();
    await store.createThread({ threadId });
    await store.appendItems({ threadId, epoch: 1n, sequence: 0n, items: ['{"type":"a"}'] });
    return nextCursor(check(base), await store.readThread({ threadId }));
  }

  test('its page size may change, and its lists may be in any order', async () => {
    const cursor = await issued();
    const again = check({
      ...base,
      cursor,
      pageSize: 3,
      allowedSources: [{ b: 2, a: 1 }, 'cli', 'cli'],
      modelProviders: ['y', 'x'],
      cwdFilters: ['/b', '/a'],
      relation: { directChildrenOf: threadId.toUpperCase() },
    });
    expect(again.after?.threadId).toBe(threadId);
  });

  test.for(changes)('nothing else may: %j', async (change) => {
    const cursor = await issued();
    expect(failure(() => check({ ...base, ...change, cursor })).reason).toBe('CURSOR_MISMATCH');
  });

  test('no other tenant may use it', async () => {
    const cursor = await issued();
    expect(failure(() => check({ ...base, cursor }, 'other')).reason).toBe('INVALID_CURSOR');
  });
});
