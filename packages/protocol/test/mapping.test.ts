import type {
  AppendItemsParams,
  ArchiveThreadParams,
  CreateThreadParams,
  ListThreadsParams,
  ResumeThreadParams,
  StreamHistoryParams,
  ThreadRelation,
} from '@threadstore/core';
import {
  appendItemsFromWire,
  appendItemsToWire,
  appendResultFromWire,
  appendResultToWire,
  archiveThreadFromWire,
  archiveThreadToWire,
  createThreadFromWire,
  createThreadToWire,
  deleteThreadFromWire,
  deleteThreadToWire,
  grantFromWire,
  grantToWire,
  historyChunkFromWire,
  historyChunkToWire,
  listThreadsFromWire,
  listThreadsToWire,
  readThreadFromWire,
  readThreadToWire,
  resumeThreadFromWire,
  resumeThreadToWire,
  streamHistoryFromWire,
  streamHistoryToWire,
  threadFromWire,
  threadPageFromWire,
  threadPageToWire,
  threadToWire,
  updateThreadMetadataFromWire,
  updateThreadMetadataToWire,
  writerRefFromWire,
  writerRefToWire,
} from '@threadstore/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ThreadSchema } from '../src/gen/threadstore/v1/thread_pb.ts';
import {
  AppendItemsRequestSchema,
  AppendItemsResponseSchema,
  ArchiveThreadRequestSchema,
  CreateThreadRequestSchema,
  DeleteThreadRequestSchema,
  ListThreadsRequestSchema,
  ListThreadsResponseSchema,
  PersistThreadRequestSchema,
  ReadHistoryRequestSchema,
  ReadHistoryResponseSchema,
  ReadThreadRequestSchema,
  ResumeThreadRequestSchema,
  UpdateThreadMetadataRequestSchema,
  WriterGrantSchema,
} from '../src/gen/threadstore/v1/thread_store_service_pb.ts';
import {
  bigInteger,
  lease,
  nullable,
  partialRecord,
  patch,
  record,
  source,
  text,
  thread,
  time,
  uuid,
} from './arbitraries.ts';
import { sent } from './wire.ts';

describe('what goes over the wire comes back as it was', () => {
  test('a thread', () => {
    fc.assert(
      fc.property(thread, (value) => {
        expect(threadFromWire(sent(ThreadSchema, threadToWire(value)))).toStrictEqual(value);
      }),
    );
  });

  test('a thread leaves its path and its history behind', () => {
    fc.assert(
      fc.property(thread, (value) => {
        const local = { ...value, rolloutPath: '/x', history: { threadId: value.threadId, items: ['{"type":"x"}'] } };
        expect(threadFromWire(sent(ThreadSchema, threadToWire(local)))).toStrictEqual(value);
      }),
      { numRuns: 5 },
    );
  });

  test('a page of threads', () => {
    const nextCursor = nullable(text.filter((cursor) => cursor !== ''));
    fc.assert(
      fc.property(record({ threads: fc.array(thread, { maxLength: 3 }), nextCursor }), (page) => {
        expect(threadPageFromWire(sent(ListThreadsResponseSchema, threadPageToWire(page)))).toStrictEqual(page);
      }),
    );
  });

  test('a patch, with what it sets, what it clears and what it leaves', () => {
    fc.assert(
      fc.property(record({ threadId: uuid, patch, includeArchived: fc.boolean() }), (params) => {
        const request = sent(UpdateThreadMetadataRequestSchema, updateThreadMetadataToWire(params));
        expect(updateThreadMetadataFromWire(request)).toStrictEqual(params);
      }),
      { numRuns: 500 },
    );
  });

  test('createThread', () => {
    const given = record({ threadId: uuid, holder: text });
    const others = partialRecord<Omit<CreateThreadParams, 'threadId' | 'holder'>>({
      forkedFromId: nullable(uuid),
      parentThreadId: nullable(uuid),
      sessionId: nullable(text),
      originator: nullable(text),
      metadata: patch,
    });
    fc.assert(
      fc.property(given, others, (required, rest) => {
        const params = { ...required, ...rest };
        const { holder, ...withoutHolder } = params;
        const absent = { forkedFromId: null, parentThreadId: null, sessionId: null, originator: null };
        expect(createThreadFromWire(sent(CreateThreadRequestSchema, createThreadToWire(params)))).toStrictEqual({
          ...absent,
          ...withoutHolder,
          ...(holder === '' ? {} : { holder }),
        });
      }),
    );
  });

  test('resumeThread', () => {
    const given = record({ threadId: uuid, holder: text.filter((holder) => holder !== '') });
    const others = partialRecord<Pick<ResumeThreadParams, 'takeover' | 'includeArchived'>>({
      takeover: fc.constantFrom('fail', 'steal'),
      includeArchived: fc.boolean(),
    });
    fc.assert(
      fc.property(given, others, (required, rest) => {
        const params = { ...required, ...rest };
        expect(resumeThreadFromWire(sent(ResumeThreadRequestSchema, resumeThreadToWire(params)))).toStrictEqual({
          includeArchived: false,
          ...params,
        });
      }),
    );
  });

  test('a grant', () => {
    fc.assert(
      fc.property(record({ threadId: uuid, epoch: bigInteger, nextOrdinal: bigInteger, lease }), (grant) => {
        expect(grantFromWire(sent(WriterGrantSchema, grantToWire(grant)))).toStrictEqual(grant);
      }),
    );
  });

  test('a writer', () => {
    fc.assert(
      fc.property(record({ threadId: uuid, epoch: bigInteger }), (writer) => {
        expect(writerRefFromWire(sent(PersistThreadRequestSchema, writerRefToWire(writer)))).toStrictEqual(writer);
      }),
    );
  });

  test('appendItems, with every text to the letter', () => {
    const given = record({ threadId: uuid, epoch: bigInteger, sequence: bigInteger, items: fc.array(text) });
    const others = partialRecord<Pick<AppendItemsParams, 'metadata'>>({ metadata: patch });
    fc.assert(
      fc.property(given, others, (required, rest) => {
        const params = { ...required, ...rest };
        const request = sent(AppendItemsRequestSchema, appendItemsToWire(params));
        expect(appendItemsFromWire(request)).toStrictEqual(params);
      }),
    );
  });

  test('the result of an append', () => {
    const result = record({ firstOrdinal: bigInteger, lastOrdinal: bigInteger, duplicate: fc.boolean() });
    fc.assert(
      fc.property(result, (value) => {
        const response = sent(AppendItemsResponseSchema, appendResultToWire(value));
        expect(appendResultFromWire(response)).toStrictEqual(value);
      }),
    );
  });

  test('streamHistory and its chunks', () => {
    const given = record({ threadId: uuid, includeArchived: fc.boolean(), fromOrdinal: bigInteger });
    const others = partialRecord<Pick<StreamHistoryParams, 'untilOrdinal'>>({ untilOrdinal: bigInteger });
    fc.assert(
      fc.property(given, others, (required, rest) => {
        const params = { ...required, ...rest };
        const request = sent(ReadHistoryRequestSchema, streamHistoryToWire(params));
        expect(streamHistoryFromWire(request)).toStrictEqual(params);
      }),
    );
    fc.assert(
      fc.property(record({ firstOrdinal: bigInteger, items: fc.array(text), untilOrdinal: bigInteger }), (chunk) => {
        const response = sent(ReadHistoryResponseSchema, historyChunkToWire(chunk));
        expect(historyChunkFromWire(response)).toStrictEqual(chunk);
      }),
    );
  });

  test('readThread and deleteThread', () => {
    fc.assert(
      fc.property(uuid, fc.boolean(), (threadId, includeArchived) => {
        const read = { threadId, includeArchived };
        expect(readThreadFromWire(sent(ReadThreadRequestSchema, readThreadToWire(read)))).toStrictEqual(read);
        const erase = { threadId };
        expect(deleteThreadFromWire(sent(DeleteThreadRequestSchema, deleteThreadToWire(erase)))).toStrictEqual(erase);
      }),
    );
  });

  test('archiveThread and unarchiveThread', () => {
    const others = partialRecord<Pick<ArchiveThreadParams, 'epoch'>>({ epoch: bigInteger });
    fc.assert(
      fc.property(uuid, others, (threadId, rest) => {
        const params = { threadId, ...rest };
        const request = sent(ArchiveThreadRequestSchema, archiveThreadToWire(params));
        expect(archiveThreadFromWire(request)).toStrictEqual(params);
      }),
    );
  });

  test('listThreads, absent and empty filters kept apart where they differ', () => {
    const relation: fc.Arbitrary<ThreadRelation> = fc.oneof(
      record({ directChildrenOf: uuid }),
      record({ descendantsOf: uuid }),
    );
    const query = partialRecord<ListThreadsParams>({
      pageSize: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      cursor: nullable(text.filter((cursor) => cursor !== '')),
      sortKey: fc.constantFrom('created_at', 'updated_at', 'recency_at'),
      sortDirection: fc.constantFrom('asc', 'desc'),
      allowedSources: fc.array(source, { maxLength: 3 }),
      modelProviders: fc.oneof(fc.constant(null), fc.array(text, { maxLength: 3 })),
      cwdFilters: fc.oneof(fc.constant(null), fc.array(text, { maxLength: 3 })),
      archived: fc.boolean(),
      searchTerm: fc.oneof(fc.constant(null), text),
      relation: fc.oneof(fc.constant(null), relation),
    });
    fc.assert(
      fc.property(query, (params) => {
        expect(listThreadsFromWire(sent(ListThreadsRequestSchema, listThreadsToWire(params)))).toStrictEqual({
          pageSize: 0,
          cursor: null,
          cwdFilters: null,
          archived: false,
          relation: null,
          ...params,
          // For these the interface says that absent and empty are the same.
          allowedSources: params.allowedSources ?? [],
          modelProviders: params.modelProviders ?? [],
          searchTerm: params.searchTerm === '' ? null : (params.searchTerm ?? null),
        });
      }),
      { numRuns: 300 },
    );
  });

  test('a page size that the field cannot hold means the same in it', () => {
    const pageSize = (given: number): number | undefined =>
      listThreadsFromWire(sent(ListThreadsRequestSchema, listThreadsToWire({ pageSize: given }))).pageSize;
    expect(pageSize(1e12)).toBe(2 ** 31 - 1);
    expect(pageSize(-1e12)).toBe(-1);
  });

  test('a time on both sides of 1970, to the millisecond', () => {
    fc.assert(
      fc.property(time, (until) => {
        const grant = { threadId: 'x', epoch: 1n, nextOrdinal: 0n, lease: { holder: '', since: until, until } };
        expect(grantFromWire(sent(WriterGrantSchema, grantToWire(grant))).lease.until).toStrictEqual(until);
      }),
    );
  });
});
