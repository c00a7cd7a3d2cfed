import { expect, test } from 'vitest';
import { append, freshId, good, nested, refusedAll, threadId, type BadRequest } from '../support/bad-request.ts';
import { requestBytes } from '../support/wire.ts';

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

const service = refusedAll(patches);

test('M1 an empty patch is a plain read', async () => {
  expect(
    await service().client.call('UpdateThreadMetadata', requestBytes('UpdateThreadMetadata', patch({}))),
  ).toBeNull();
});
