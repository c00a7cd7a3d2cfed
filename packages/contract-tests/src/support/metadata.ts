import type { StoredThread, ThreadMetadataPatch } from '@threadstore/core';

/** Far enough ahead that no clock of a test machine has reached it. */
export const inTheFuture = new Date('2099-01-02T03:04:05.678Z');

/** A patch that sets every field that can be patched everywhere, each to a value of its own. */
export const fullPatch = {
  name: 'a name',
  title: 'a title',
  preview: 'a preview',
  firstUserMessage: 'a first message',
  modelProvider: 'a-provider',
  model: 'a-model',
  reasoningEffort: 'high',
  createdAt: new Date('2021-02-03T04:05:06.789Z'),
  updatedAt: new Date('2022-02-03T04:05:06.789Z'),
  advanceRecencyAt: inTheFuture,
  cwd: '/srv/äöü',
  cliVersion: '1.2.3-beta',
  source: { subagent: { review: { depth: 1 } } },
  threadSource: 'user',
  agentNickname: 'Ada',
  agentRole: 'reviewer',
  agentPath: '/main/reviewer',
  gitInfo: { commitHash: 'abc123', branch: 'main', repositoryUrl: 'https://example.org/r.git' },
  approvalMode: { granular: { rules: [true, null, 1.5, 'x'] } },
  sandboxPolicy: { type: 'workspace-write', writable_roots: ['/a', '/b'], network_access: false },
  tokenUsage: {
    inputTokens: 5_000_000_000,
    cachedInputTokens: 2,
    outputTokens: 3,
    reasoningOutputTokens: 4,
    totalTokens: 5_000_000_009,
  },
  memoryMode: 'disabled',
} as const satisfies ThreadMetadataPatch;

/** How a thread reads after `fullPatch`. */
export const patchedFully: Partial<StoredThread> = (() => {
  const { advanceRecencyAt, ...same } = fullPatch;
  return { ...same, recencyAt: advanceRecencyAt };
})();

/** Clears every field that can be cleared. */
export const clearingPatch = {
  name: null,
  title: null,
  firstUserMessage: null,
  model: null,
  reasoningEffort: null,
  threadSource: null,
  agentNickname: null,
  agentRole: null,
  agentPath: null,
  gitInfo: { commitHash: null, branch: null, repositoryUrl: null },
  approvalMode: null,
  sandboxPolicy: null,
  tokenUsage: null,
} as const satisfies ThreadMetadataPatch;

/** How a thread reads after `clearingPatch`. */
export const cleared: Partial<StoredThread> = { ...clearingPatch, gitInfo: null };

/** How the fields of a new thread read that nobody has set; the times apart. */
export const emptyMetadata: Partial<StoredThread> = {
  ...cleared,
  rolloutPath: null,
  forkedFromId: null,
  parentThreadId: null,
  sessionId: null,
  originator: null,
  preview: '',
  modelProvider: '',
  cwd: '',
  cliVersion: '',
  source: 'unknown',
  memoryMode: 'enabled',
  archivedAt: null,
};

/** Those of the thread's fields that `like` has. */
export function pick(thread: StoredThread, like: Partial<StoredThread>): Partial<StoredThread> {
  return Object.fromEntries(Object.entries(thread).filter(([key]) => Object.hasOwn(like, key)));
}

/** Patches with one mistake each, and the field that it is in. `unknown` because no typed caller could write them. */
export const wrongPatches: readonly (readonly [field: string, patch: unknown])[] = [
  ['colour', { colour: 'red' }],
  ['threadId', { threadId: 'x' }],
  ['nextOrdinal', { nextOrdinal: 7n }],
  ['archivedAt', { archivedAt: new Date(0) }],
  ['recencyAt', { recencyAt: new Date(0) }],
  ['__proto__', JSON.parse('{"__proto__":{"name":"x"}}')],
  ['preview', { preview: null }],
  ['modelProvider', { modelProvider: null }],
  ['createdAt', { createdAt: null }],
  ['updatedAt', { updatedAt: null }],
  ['advanceRecencyAt', { advanceRecencyAt: null }],
  ['cwd', { cwd: null }],
  ['cliVersion', { cliVersion: null }],
  ['source', { source: null }],
  ['gitInfo', { gitInfo: null }],
  ['memoryMode', { memoryMode: null }],
  ['name', { name: 7 }],
  ['createdAt', { createdAt: '2020-01-01T00:00:00Z' }],
  ['updatedAt', { updatedAt: new Date(Number.NaN) }],
  ['advanceRecencyAt', { advanceRecencyAt: new Date(8.64e15) }],
  ['gitInfo.branch', { gitInfo: { branch: 7 } }],
  ['gitInfo.remote', { gitInfo: { remote: 'x' } }],
  ['tokenUsage.inputTokens', { tokenUsage: { ...fullPatch.tokenUsage, inputTokens: -1 } }],
  ['tokenUsage.totalTokens', { tokenUsage: { ...fullPatch.tokenUsage, totalTokens: 1.5 } }],
  ['memoryMode', { memoryMode: 'sometimes' }],
];

/** Patches with text that no store of text can keep. */
export const unstorablePatches: readonly (readonly [field: string, patch: ThreadMetadataPatch])[] = [
  ['name', { name: 'nul \u0000 inside' }],
  ['preview', { preview: 'lone \ud800 surrogate' }],
  ['gitInfo.branch', { gitInfo: { branch: '\udc00' } }],
  ['source', { source: '\u0000' }],
];
