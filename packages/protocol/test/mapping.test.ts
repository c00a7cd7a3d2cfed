import { create, toBinary } from '@bufbuild/protobuf';
import {
  ThreadStoreError,
  type AppendItemsParams,
  type ArchiveThreadParams,
  type CreateThreadParams,
  type ForkThreadParams,
  type ListThreadsParams,
  type StreamHistoryParams,
} from '@threadstore/core';
import {
  appendItemsFromWire,
  appendItemsToWire,
  appendResultFromWire,
  appendResultToWire,
  appendStreamAnswersFromWire,
  appendStreamAnswersToWire,
  appendStreamRequestToWire,
  archiveThreadFromWire,
  archiveThreadToWire,
  createThreadFromWire,
  createThreadToWire,
  deleteThreadFromWire,
  deleteThreadToWire,
  encodeAppend,
  forkThreadFromWire,
  forkThreadToWire,
  grantFromWire,
  grantToWire,
  historyChunkFromWire,
  historyChunkToWire,
  listThreadsFromWire,
  listThreadsToWire,
  readThreadFromWire,
  readThreadToWire,
  renewLeasesFromWire,
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
  AppendStreamRequestSchema,
  AppendStreamResponseSchema,
  ArchiveThreadRequestSchema,
  CreateThreadRequestSchema,
  DeleteThreadRequestSchema,
  ForkThreadRequestSchema,
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
  text,
  thread,
  threadQuery,
  time,
  uuid,
} from './arbitraries.ts';
import { sent } from './wire.ts';

const maybeMetadata = partialRecord<Pick<AppendItemsParams, 'metadata'>>({ metadata: patch });
const items = fc.array(text);
const append: fc.Arbitrary<AppendItemsParams> = fc
  .tuple(
    fc.oneof(
      record({ threadId: uuid, epoch: bigInteger, sequence: bigInteger, items }),
      record({ threadId: uuid, external: fc.constant(true as const), operationId: text, items }),
    ),
    maybeMetadata,
  )
  .map(([required, rest]) => ({ ...required, ...rest }));

/** As it is told on the other side. */
const refusal = record({ message: text, holder: text, effect: fc.constantFrom('none', 'unknown') }).map(
  ({ message, holder, effect }) =>
    new ThreadStoreError({ reason: 'FENCED', message, effect, details: { holder }, retryAfterMs: 7, remote: true }),
);

/** Errors as what they say: two with another stack are the same. */
const plain = (value: unknown): unknown => {
  if (value instanceof ThreadStoreError) {
    const { reason, message, details, effect, retryAfterMs, remote } = value;
    return { reason, message, details, effect, retryAfterMs, remote };
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
};

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

  test('forkThread', () => {
    const given = record({ threadId: uuid, holder: text, sourceThreadId: uuid });
    const others = partialRecord<Omit<ForkThreadParams, 'threadId' | 'holder' | 'sourceThreadId'>>({
      includeArchived: fc.boolean(),
      parentThreadId: nullable(uuid),
      sessionId: nullable(text),
      originator: nullable(text),
      metadata: patch,
      at: fc.oneof(
        record({ beforeOrdinal: bigInteger }),
        record({ beforeTurn: text }),
        record({ throughTurn: text }),
        record({ beforeUserMessage: fc.maxSafeNat() }),
      ),
    });
    fc.assert(
      fc.property(given, others, (required, rest) => {
        const params = { ...required, ...rest };
        const { holder, ...withoutHolder } = params;
        const absent = { includeArchived: false, parentThreadId: null, sessionId: null, originator: null };
        expect(forkThreadFromWire(sent(ForkThreadRequestSchema, forkThreadToWire(params)))).toStrictEqual({
          ...absent,
          ...withoutHolder,
          ...(holder === '' ? {} : { holder }),
        });
      }),
    );
  });

  test('resumeThread', () => {
    const given = record({ threadId: uuid, holder: text.filter((holder) => holder !== '') });
    const others = partialRecord<{ takeover: 'fail' | 'steal'; includeArchived: boolean; expectedEpoch: bigint }>({
      takeover: fc.constantFrom('fail', 'steal'),
      includeArchived: fc.boolean(),
      expectedEpoch: bigInteger,
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
    fc.assert(
      fc.property(append, (params) => {
        const request = sent(AppendItemsRequestSchema, appendItemsToWire(params));
        expect(appendItemsFromWire(request)).toStrictEqual(params);
      }),
      { numRuns: 300 },
    );
  });

  test('an append for a stream: the bytes of the message that appendItems sends', () => {
    fc.assert(
      fc.property(append, (params) => {
        const message = create(AppendItemsRequestSchema, appendItemsToWire(params));
        expect(encodeAppend(params).toString('hex')).toBe(
          Buffer.from(toBinary(AppendItemsRequestSchema, message)).toString('hex'),
        );
      }),
      { numRuns: 500 },
    );
  });

  test.each([127, 128, 16_383, 16_384, 2_097_151, 2_097_152])('an append with an item of %i bytes', (bytes) => {
    const params = { threadId: 'x', epoch: 2n ** 53n, sequence: 2n ** 63n - 1n, items: ['é'.repeat(bytes / 2), ''] };
    const request = sent(AppendStreamRequestSchema, appendStreamRequestToWire([encodeAppend(params)], []));
    expect(request.appends.map(appendItemsFromWire)).toStrictEqual([params]);
  });

  test('a message of a stream of appends', () => {
    const renewal = record({ writers: fc.array(record({ threadId: uuid, epoch: bigInteger }), { maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(append, { maxLength: 4 }), fc.array(renewal, { maxLength: 3 }), (appends, renewals) => {
        const message = appendStreamRequestToWire(appends.map(encodeAppend), renewals);
        const request = sent(AppendStreamRequestSchema, message);
        expect(request.appends.map(appendItemsFromWire)).toStrictEqual(appends);
        expect(request.renewals.map(renewLeasesFromWire)).toStrictEqual(renewals);
      }),
    );
  });

  test('the answers of a stream of appends', () => {
    const number = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
    const stored = record({ firstOrdinal: bigInteger, lastOrdinal: bigInteger, duplicate: fc.boolean() });
    const lost = record({ threadId: uuid, epoch: bigInteger, error: refusal });
    const answers = record({
      appends: fc.array(record({ number, outcome: fc.oneof(stored, refusal) }), { maxLength: 4 }),
      renewals: fc.array(
        record({ number, outcome: fc.oneof(record({ lost: fc.array(lost, { maxLength: 2 }) }), refusal) }),
        { maxLength: 2 },
      ),
    });
    fc.assert(
      fc.property(answers, (given) => {
        const got = appendStreamAnswersFromWire(sent(AppendStreamResponseSchema, appendStreamAnswersToWire(given)));
        expect(plain(got)).toStrictEqual(plain(given));
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
        const { message, itemBytes } = historyChunkToWire(chunk);
        expect(historyChunkFromWire(sent(ReadHistoryResponseSchema, message))).toStrictEqual(chunk);
        expect(itemBytes).toBe(Buffer.byteLength(chunk.items.join('')));
      }),
    );
  });

  test('readThread', () => {
    fc.assert(
      fc.property(uuid, fc.boolean(), (threadId, includeArchived) => {
        const read = { threadId, includeArchived };
        expect(readThreadFromWire(sent(ReadThreadRequestSchema, readThreadToWire(read)))).toStrictEqual(read);
      }),
    );
  });

  test('archiveThread, unarchiveThread and deleteThread', () => {
    const others = partialRecord<Pick<ArchiveThreadParams, 'epoch'>>({ epoch: bigInteger });
    fc.assert(
      fc.property(uuid, others, (threadId, rest) => {
        const params = { threadId, ...rest };
        const request = sent(ArchiveThreadRequestSchema, archiveThreadToWire(params));
        expect(archiveThreadFromWire(request)).toStrictEqual(params);
        const erase = sent(DeleteThreadRequestSchema, deleteThreadToWire(params));
        expect(deleteThreadFromWire(erase)).toStrictEqual(params);
      }),
    );
  });

  test('listThreads, absent and empty filters kept apart where they differ', () => {
    const searchTerm = partialRecord<Pick<ListThreadsParams, 'searchTerm'>>({
      searchTerm: fc.oneof(fc.constant(null), text),
    });
    fc.assert(
      fc.property(threadQuery, searchTerm, (query, term) => {
        const params: ListThreadsParams = { ...query, ...term };
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
