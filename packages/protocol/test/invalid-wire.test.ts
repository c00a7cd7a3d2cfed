import { randomUUID } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  appendItemsFromWire,
  appendItemsToWire,
  appendStreamAnswersFromWire,
  archiveThreadFromWire,
  createThreadToWire,
  forkThreadFromWire,
  encodeAppend,
  grantFromWire,
  historyChunkFromWire,
  historyChunkToWire,
  listThreadsFromWire,
  listThreadsToWire,
  renewLeasesFromWire,
  resumeThreadFromWire,
  streamHistoryFromWire,
  threadFromWire,
  updateThreadMetadataFromWire,
  updateThreadMetadataToWire,
  writerRefFromWire,
} from '@threadstore/protocol';
import { describe, expect, test } from 'vitest';
import { ClearableField, MemoryMode, ThreadSchema } from '../src/gen/threadstore/v1/thread_pb.ts';
import {
  AppendItemsRequestSchema,
  AppendStreamResponseSchema,
  ArchiveThreadRequestSchema,
  ForkThreadRequestSchema,
  LeaseRenewalSchema,
  ListThreadsRequestSchema,
  PersistThreadRequestSchema,
  ReadHistoryRequestSchema,
  ReadHistoryResponseSchema,
  ResumeThreadRequestSchema,
  UpdateThreadMetadataRequestSchema,
  WriterGrantSchema,
} from '../src/gen/threadstore/v1/thread_store_service_pb.ts';
import { sent, thrown } from './wire.ts';

type PatchInit = NonNullable<MessageInitShape<typeof UpdateThreadMetadataRequestSchema>['patch']>;

const updateError = (patch: PatchInit | undefined) =>
  thrown(() => updateThreadMetadataFromWire(sent(UpdateThreadMetadataRequestSchema, { patch })));
const appendError = (message: MessageInitShape<typeof AppendItemsRequestSchema>) =>
  thrown(() => appendItemsFromWire(sent(AppendItemsRequestSchema, message)));
const listError = (message: MessageInitShape<typeof ListThreadsRequestSchema>) =>
  thrown(() => listThreadsFromWire(sent(ListThreadsRequestSchema, message)));
const bytes = (...values: number[]) => Uint8Array.from(values);
// 77 stands for a value of a later version: the types know it, the tables don't.
const later = 77 as MemoryMode;

describe('a request that says what cannot be', () => {
  test('an update without a patch', () => {
    expect(updateError(undefined)).toMatchObject({ reason: 'INVALID_FIELD', message: 'patch: required' });
  });

  test('a field that is set and cleared at once', () => {
    const cases: readonly (readonly [PatchInit, string])[] = [
      [{ name: 'x', clear: [ClearableField.NAME] }, 'patch.name'],
      [{ name: '', clear: [ClearableField.NAME] }, 'patch.name'],
      [{ gitInfo: { branch: 'x' }, clear: [ClearableField.GIT_BRANCH] }, 'patch.gitInfo.branch'],
      [{ approvalModeJson: '1', clear: [ClearableField.APPROVAL_MODE] }, 'patch.approvalMode'],
      [{ approvalModeJson: 'null', clear: [ClearableField.APPROVAL_MODE] }, 'patch.approvalMode'],
      [{ tokenUsage: {}, clear: [ClearableField.TOKEN_USAGE] }, 'patch.tokenUsage'],
    ];
    for (const [patch, field] of cases) {
      expect(updateError(patch)).toMatchObject({ reason: 'INVALID_FIELD', details: { field } });
    }
  });

  test('a field is cleared once, however often it is named', () => {
    const clear = [ClearableField.NAME, ClearableField.NAME, ClearableField.GIT_BRANCH];
    const request = sent(UpdateThreadMetadataRequestSchema, { patch: { clear, gitInfo: { commitHash: 'x' } } });
    expect(updateThreadMetadataFromWire(request).patch).toStrictEqual({
      name: null,
      gitInfo: { commitHash: 'x', branch: null },
    });
  });

  test('an enum value that is unknown here, or unspecified where a value is needed', () => {
    expect(updateError({ clear: [later as ClearableField] }).details['field']).toBe('patch.clear');
    expect(updateError({ clear: [ClearableField.UNSPECIFIED] }).details['field']).toBe('patch.clear');
    expect(updateError({ memoryMode: later }).details['field']).toBe('patch.memoryMode');
    expect(updateError({ memoryMode: MemoryMode.UNSPECIFIED }).details['field']).toBe('patch.memoryMode');
    expect(listError({ sortKey: 77 as never })).toMatchObject({
      reason: 'INVALID_FIELD',
      message: 'sortKey: not a sort key (got 77)',
    });
    expect(listError({ sortDirection: -1 as never }).details['field']).toBe('sortDirection');
    expect(
      thrown(() => resumeThreadFromWire(sent(ResumeThreadRequestSchema, { takeover: 77 as never }))).details['field'],
    ).toBe('takeover');
  });

  test('a time outside of its range', () => {
    const cases = [
      { seconds: 0n, nanos: -1 },
      { seconds: 0n, nanos: 1_000_000_000 },
      { seconds: 253_402_300_800n, nanos: 0 },
      { seconds: -62_135_596_801n, nanos: 0 },
      { seconds: 2n ** 63n - 1n, nanos: 0 },
      { seconds: -(2n ** 63n), nanos: 0 },
    ];
    for (const createdAt of cases) {
      expect(updateError({ createdAt })).toMatchObject({
        reason: 'INVALID_FIELD',
        details: { field: 'patch.createdAt' },
      });
    }
  });

  test('a time is rounded down to the millisecond, before 1970 too', () => {
    const patch = { createdAt: { seconds: 1n, nanos: 999_999_999 }, updatedAt: { seconds: -1n, nanos: 1_999_999 } };
    expect(updateThreadMetadataFromWire(sent(UpdateThreadMetadataRequestSchema, { patch })).patch).toStrictEqual({
      createdAt: new Date(1_999),
      updatedAt: new Date(-999),
    });
  });

  test('JSON texts that are none, or too long to be looked at', () => {
    expect(updateError({ approvalModeJson: '{' })).toMatchObject({ details: { field: 'patch.approvalMode' } });
    expect(updateError({ sandboxPolicyJson: '' })).toMatchObject({ details: { field: 'patch.sandboxPolicy' } });
    expect(updateError({ source: '{"a":}' })).toMatchObject({
      reason: 'INVALID_FIELD',
      message: 'patch.source: not valid JSON',
    });
    expect(listError({ allowedSources: ['cli', '{x'] }).details['field']).toBe('allowedSources[1]');
    expect(updateError({ approvalModeJson: '['.repeat(2 ** 21) })).toMatchObject({
      reason: 'LIMIT_EXCEEDED',
      details: { field: 'patch.approvalMode', limit: 'metadataValueBytesMax' },
    });
  });

  test('a key named __proto__ stays a key', () => {
    const request = sent(UpdateThreadMetadataRequestSchema, { patch: { source: '{"__proto__":{"polluted":1}}' } });
    const { source } = updateThreadMetadataFromWire(request).patch;
    expect(Object.hasOwn(source as object, '__proto__')).toBe(true);
    expect(JSON.stringify(source)).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('numbers that no thread ever has', () => {
    const tooLarge = 2n ** 63n;
    expect(appendError({ epoch: tooLarge }).details['field']).toBe('epoch');
    expect(appendError({ sequence: 2n ** 64n - 1n }).details['field']).toBe('sequence');
    expect(
      thrown(() => writerRefFromWire(sent(PersistThreadRequestSchema, { epoch: tooLarge }))).details['field'],
    ).toBe('epoch');
    expect(
      thrown(() => archiveThreadFromWire(sent(ArchiveThreadRequestSchema, { epoch: tooLarge }))).details['field'],
    ).toBe('epoch');
    for (const field of ['fromOrdinal', 'untilOrdinal']) {
      expect(
        thrown(() => streamHistoryFromWire(sent(ReadHistoryRequestSchema, { [field]: tooLarge }))).details['field'],
      ).toBe(field);
    }
    expect(updateError({ tokenUsage: { totalTokens: 2n ** 53n } }).details['field']).toBe(
      'patch.tokenUsage.totalTokens',
    );
  });

  test('items that are not UTF-8, with the first byte that is wrong', () => {
    const good = Buffer.from('{"type":"ä"}');
    const cases: readonly (readonly [Uint8Array, number])[] = [
      [bytes(0xff, 0xfe), 0],
      [bytes(0x61, 0xc0, 0xaf), 1],
      [bytes(0x61, 0xed, 0xa0, 0x80), 1],
      [bytes(0x61, 0x62, 0xe2, 0x82), 2],
      [bytes(0x61, 0xef, 0xbf), 1],
      [bytes(0xef, 0xbf, 0xbd, 0x80), 3],
      [bytes(0xf0, 0x9f, 0x98), 0],
      [Buffer.concat([good, bytes(0xf5)]), good.length],
    ];
    for (const [bad, offset] of cases) {
      expect(appendError({ items: [good, bad] })).toMatchObject({
        reason: 'NOT_UNICODE',
        details: { field: 'items[1]', offset: String(offset) },
      });
    }
  });

  test('an append that has two names', () => {
    const operation = { externalOperationId: 'note' };
    expect(appendError({ ...operation, epoch: 1n }).details['field']).toBe('epoch');
    expect(appendError({ ...operation, sequence: 1n }).details['field']).toBe('sequence');
  });

  test('a renewal with an epoch that no thread ever has', () => {
    const writers = [{ epoch: 1n }, { epoch: 2n ** 63n }];
    const renewal = sent(LeaseRenewalSchema, { writers });
    expect(thrown(() => renewLeasesFromWire(renewal)).details['field']).toBe('writers[1].epoch');
  });

  test('a relation that names no thread', () => {
    expect(listError({ relation: {} })).toMatchObject({ reason: 'INVALID_FIELD', details: { field: 'relation' } });
  });
});

test('a fork point that says nothing, or counts too far', () => {
  const ids = { threadId: randomUUID(), sourceThreadId: randomUUID() };
  const points = [
    [{}, 'at'],
    [{ point: { case: 'beforeOrdinal', value: 2n ** 63n } }, 'at.beforeOrdinal'],
    [{ point: { case: 'beforeUserMessage', value: 2n ** 53n } }, 'at.beforeUserMessage'],
  ] as const;
  for (const [at, field] of points) {
    const request = sent(ForkThreadRequestSchema, { ...ids, at });
    expect(thrown(() => forkThreadFromWire(request))).toMatchObject({ reason: 'INVALID_FIELD', details: { field } });
  }
});

describe('an answer that says what cannot be', () => {
  test('a mode of a later version is taken for disabled, an absent one for the default', () => {
    const at = { seconds: 0n, nanos: 0 };
    const times = { createdAt: at, updatedAt: at, recencyAt: at };
    const mode = (memoryMode: MemoryMode) => threadFromWire(sent(ThreadSchema, { ...times, memoryMode })).memoryMode;
    expect(mode(later)).toBe('disabled');
    expect(mode(MemoryMode.UNSPECIFIED)).toBe('enabled');
  });

  test('parts that must be there are missed', () => {
    for (const answer of [
      () => threadFromWire(undefined),
      () => threadFromWire(sent(ThreadSchema, {})),
      () => grantFromWire(undefined),
      () => grantFromWire(sent(WriterGrantSchema, { threadId: 'x' })),
      () => grantFromWire(sent(WriterGrantSchema, { lease: { since: { seconds: 0n } } })),
      () => appendStreamAnswersFromWire(sent(AppendStreamResponseSchema, { appends: [{ number: 1n }] })),
      () => appendStreamAnswersFromWire(sent(AppendStreamResponseSchema, { renewals: [{ lost: [{ epoch: 1n }] }] })),
    ]) {
      expect(thrown(answer)).toMatchObject({ reason: 'INTERNAL', effect: 'unknown' });
    }
  });

  test('items that are not UTF-8 are not repaired', () => {
    const response = sent(ReadHistoryResponseSchema, { items: [bytes(0xff)] });
    expect(thrown(() => historyChunkFromWire(response))).toMatchObject({ reason: 'INTERNAL' });
  });
});

describe('a call that the wire cannot carry', () => {
  const threadId = '0190a5b2-0000-7000-8000-000000000001';

  test('lone surrogates', () => {
    const items = ['{"type":"x"}', '{"type":"\ud83d"}'];
    for (const toWire of [appendItemsToWire, encodeAppend]) {
      expect(thrown(() => toWire({ threadId, epoch: 1n, sequence: 0n, items }))).toMatchObject({
        reason: 'NOT_UNICODE',
        details: { field: 'items[1]', offset: '9' },
      });
      expect(
        thrown(() => toWire({ threadId, external: true, operationId: 'x\ud83d', items: [] })).details['field'],
      ).toBe('operationId');
    }
    expect(thrown(() => historyChunkToWire({ firstOrdinal: 0n, untilOrdinal: 2n, items })).reason).toBe('NOT_UNICODE');
    expect(thrown(() => createThreadToWire({ threadId, holder: 'a\udc00' }))).toMatchObject({
      reason: 'NOT_UNICODE',
      details: { field: 'holder', offset: '1' },
    });
    expect(
      thrown(() => updateThreadMetadataToWire({ threadId, patch: { gitInfo: { branch: '\ud800' } } })),
    ).toMatchObject({ reason: 'NOT_UNICODE', details: { field: 'patch.gitInfo.branch' } });
  });

  test('a path, a plain source that looks like JSON, an unknown field, an empty cursor', () => {
    expect(thrown(() => updateThreadMetadataToWire({ threadId, patch: { rolloutPath: '/x' } }))).toMatchObject({
      reason: 'UNSUPPORTED_OPERATION',
      details: { operation: 'update_thread_metadata.rollout_path' },
    });
    expect(thrown(() => updateThreadMetadataToWire({ threadId, patch: { source: '{' } })).details['field']).toBe(
      'patch.source',
    );
    const patch = { later: 1 } as object;
    expect(thrown(() => updateThreadMetadataToWire({ threadId, patch })).details['field']).toBe('patch.later');
    for (const cursor of ['', '\ud800']) {
      expect(thrown(() => listThreadsToWire({ cursor })).reason).toBe('INVALID_CURSOR');
    }
  });

  test('numbers and times out of range', () => {
    for (const toWire of [appendItemsToWire, encodeAppend]) {
      const field = thrown(() => toWire({ threadId, epoch: -1n, sequence: 0n, items: [] })).details['field'];
      expect(field).toBe('epoch');
    }
    const patch = { createdAt: new Date(Number.NaN) };
    expect(thrown(() => updateThreadMetadataToWire({ threadId, patch })).details['field']).toBe('patch.createdAt');
    expect(thrown(() => listThreadsToWire({ pageSize: 1.5 })).details['field']).toBe('pageSize');
  });
});
