import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ListItemsParams, ListTurnsParams, SearchThreadsParams, Turn } from '@threadstore/core';
import {
  itemPageFromWire,
  itemPageToWire,
  listItemsFromWire,
  listItemsToWire,
  listTurnsFromWire,
  listTurnsToWire,
  searchPageFromWire,
  searchPageToWire,
  searchThreadsFromWire,
  searchThreadsToWire,
  turnPageFromWire,
  turnPageToWire,
} from '@threadstore/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ListItemsRequestSchema,
  ListItemsResponseSchema,
  ListTurnsRequestSchema,
  ListTurnsResponseSchema,
  SearchThreadsRequestSchema,
  SearchThreadsResponseSchema,
} from '../src/gen/threadstore/v1/thread_store_service_pb.ts';
import { TurnItemsView, TurnStatus } from '../src/gen/threadstore/v1/turn_pb.ts';
import {
  bigInteger,
  cursor,
  itemsView,
  nullable,
  pageSize,
  partialRecord,
  placedItem,
  record,
  sortDirection,
  text,
  thread,
  threadQuery,
  turn,
  uuid,
} from './arbitraries.ts';
import { sent, thrown } from './wire.ts';

const cursors = { nextCursor: nullable(cursor), backwardsCursor: nullable(cursor) };
const page = { includeArchived: fc.boolean(), cursor: nullable(cursor), pageSize, sortDirection };
const absent = { includeArchived: false, cursor: null, pageSize: 0 };
const threadId = '0190a5b2-0000-7000-8000-000000000001';
// A value of a later version: the types know it, the tables don't.
const later = 77 as never;

describe('what goes over the wire comes back as it was', () => {
  test('listTurns', () => {
    const others = partialRecord<Omit<ListTurnsParams, 'threadId'>>({ ...page, itemsView });
    fc.assert(
      fc.property(uuid, others, (id, rest) => {
        const params = { threadId: id, ...rest };
        const request = sent(ListTurnsRequestSchema, listTurnsToWire(params));
        expect(listTurnsFromWire(request)).toStrictEqual({ ...absent, ...params });
      }),
    );
  });

  test('a page of turns', () => {
    fc.assert(
      fc.property(record({ turns: fc.array(turn, { maxLength: 3 }), ...cursors }), (value) => {
        expect(turnPageFromWire(sent(ListTurnsResponseSchema, turnPageToWire(value)))).toStrictEqual(value);
      }),
    );
  });

  test('the items of a turn do not repeat its id', () => {
    const items = [{ ordinal: 1n, turnId: 'seven', json: '{}' }];
    const message = sent(ListTurnsResponseSchema, turnPageToWire(pageOf({ items })));
    expect(message.turns[0]?.items.map(({ turnId }) => turnId)).toEqual([undefined]);
  });

  test('listItems', () => {
    const others = partialRecord<Omit<ListItemsParams, 'threadId'>>({ ...page, turnId: text });
    fc.assert(
      fc.property(uuid, others, (id, rest) => {
        const params = { threadId: id, ...rest };
        const request = sent(ListItemsRequestSchema, listItemsToWire(params));
        expect(listItemsFromWire(request)).toStrictEqual({ ...absent, ...params });
      }),
    );
  });

  test('a page of items, with every text to the letter', () => {
    fc.assert(
      fc.property(record({ items: fc.array(placedItem), ...cursors }), (value) => {
        expect(itemPageFromWire(sent(ListItemsResponseSchema, itemPageToWire(value)))).toStrictEqual(value);
      }),
    );
  });

  test('searchThreads', () => {
    const others = partialRecord<Pick<SearchThreadsParams, 'includeToolOutput'>>({ includeToolOutput: fc.boolean() });
    fc.assert(
      fc.property(text, others, threadQuery, (searchTerm, rest, query) => {
        const params = { searchTerm, ...rest, ...query };
        const request = sent(SearchThreadsRequestSchema, searchThreadsToWire(params));
        expect(searchThreadsFromWire(request)).toStrictEqual({
          includeToolOutput: false,
          pageSize: 0,
          cursor: null,
          cwdFilters: null,
          archived: false,
          relation: null,
          ...params,
          // For these the interface says that absent and empty are the same.
          allowedSources: params.allowedSources ?? [],
          modelProviders: params.modelProviders ?? [],
        });
      }),
    );
  });

  test('a search without a list', () => {
    const request = sent(SearchThreadsRequestSchema, { searchTerm: 'x' });
    expect(searchThreadsFromWire(request)).toMatchObject({ searchTerm: 'x', pageSize: 0, cursor: null });
  });

  test('a page of hits', () => {
    const hit = record({ thread, snippet: text, ordinal: bigInteger, turnId: nullable(text) });
    const hits = record({ hits: fc.array(hit, { maxLength: 3 }), nextCursor: nullable(cursor) });
    fc.assert(
      fc.property(hits, (value) => {
        expect(searchPageFromWire(sent(SearchThreadsResponseSchema, searchPageToWire(value)))).toStrictEqual(value);
      }),
    );
  });
});

describe('a request that says what cannot be', () => {
  test('a view or a direction that is unknown here', () => {
    expect(thrown(() => listTurnsFromWire(sent(ListTurnsRequestSchema, { threadId, itemsView: later })))).toMatchObject(
      { reason: 'INVALID_FIELD', message: 'itemsView: not a view of items (got 77)' },
    );
    expect(
      thrown(() => listItemsFromWire(sent(ListItemsRequestSchema, { threadId, sortDirection: later }))),
    ).toMatchObject({ reason: 'INVALID_FIELD', details: { field: 'sortDirection' } });
  });

  test("a search with a list's own term", () => {
    const request = sent(SearchThreadsRequestSchema, { searchTerm: 'x', list: { searchTerm: 'y' } });
    expect(thrown(() => searchThreadsFromWire(request))).toMatchObject({
      reason: 'INVALID_FIELD',
      details: { field: 'list.searchTerm' },
    });
  });
});

describe('an answer that says what cannot be', () => {
  type TurnInit = NonNullable<MessageInitShape<typeof ListTurnsResponseSchema>['turns']>[number];
  const whole = { status: TurnStatus.FAILED, itemsView: TurnItemsView.FULL };
  const turnError = (message: TurnInit) =>
    thrown(() => turnPageFromWire(sent(ListTurnsResponseSchema, { turns: [{ ...whole, ...message }] })));

  test('a turn with a status or a view that is none, a time or an ordinal that no thread has', () => {
    const cases: readonly (readonly [TurnInit, string])[] = [
      [{ status: later }, 'status'],
      [{ status: TurnStatus.UNSPECIFIED }, 'status'],
      [{ itemsView: later }, 'itemsView'],
      [{ itemsView: TurnItemsView.UNSPECIFIED }, 'itemsView'],
      [{ firstOrdinal: 2n ** 63n }, 'firstOrdinal'],
      [{ startedAt: { seconds: 0n, nanos: -1 } }, 'startedAt'],
      [{ completedAt: { seconds: 2n ** 62n, nanos: 0 } }, 'completedAt'],
      [{ items: [{ ordinal: 2n ** 63n }] }, 'items[0].ordinal'],
      [{ items: [{}, { item: Uint8Array.of(0xff) }] }, 'items[1]'],
    ];
    for (const [message, field] of cases) {
      expect(turnError(message)).toMatchObject({
        reason: 'INTERNAL',
        effect: 'unknown',
        message: expect.stringContaining(`, ${field}: `) as string,
      });
    }
  });

  test('items that are not UTF-8 are not repaired; a hit has a thread', () => {
    const items = sent(ListItemsResponseSchema, { items: [{ item: Uint8Array.of(0xc0, 0xaf) }] });
    expect(thrown(() => itemPageFromWire(items)).reason).toBe('INTERNAL');
    const hits = sent(SearchThreadsResponseSchema, { hits: [{ ordinal: 1n }] });
    expect(thrown(() => searchPageFromWire(hits)).reason).toBe('INTERNAL');
  });
});

describe('a call that the wire cannot carry', () => {
  test('lone surrogates, empty cursors, broken page sizes', () => {
    expect(thrown(() => listItemsToWire({ threadId, turnId: 'a\ud800' }))).toMatchObject({
      reason: 'NOT_UNICODE',
      details: { field: 'turnId', offset: '1' },
    });
    expect(thrown(() => searchThreadsToWire({ searchTerm: '\udc00' })).details['field']).toBe('searchTerm');
    const items = [{ ordinal: 0n, turnId: null, json: '\ud83d' }];
    const cut = { items, nextCursor: null, backwardsCursor: null };
    expect(thrown(() => itemPageToWire(cut))).toMatchObject({ reason: 'NOT_UNICODE', details: { field: 'items[0]' } });
    for (const bad of ['', '\ud800']) {
      expect(thrown(() => listTurnsToWire({ threadId, cursor: bad })).reason).toBe('INVALID_CURSOR');
    }
    expect(thrown(() => listTurnsToWire({ threadId, pageSize: 0.5 })).details['field']).toBe('pageSize');
  });
});

function pageOf(facts: Partial<Turn>): Parameters<typeof turnPageToWire>[0] {
  const blank: Turn = {
    turnId: 'seven',
    firstOrdinal: 0n,
    status: 'completed',
    error: null,
    startedAt: null,
    completedAt: null,
    durationMs: null,
    itemsView: 'full',
    items: [],
  };
  return { turns: [{ ...blank, ...facts }], nextCursor: null, backwardsCursor: null };
}
