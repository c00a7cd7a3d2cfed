import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GitInfo, StoredThread } from '@threadstore/core';
import type * as wire from '../gen/threadstore/v1/thread_pb.ts';
import { badResponse } from './fault.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerToWire } from './integer.ts';
import { jsonFromWire, jsonToWire } from './json.ts';
import { leaseFromWire, leaseToWire } from './lease.ts';
import { memoryModeFromResponse, memoryModeToWire } from './memory-mode.ts';
import { sourceFromWire, sourceToWire } from './source.ts';
import { answeredTime, timeToWire } from './time.ts';
import { tokenUsageFromWire, tokenUsageToWire } from './token-usage.ts';

type ThreadInit = MessageInitShape<typeof wire.ThreadSchema>;
type GitInfoInit = MessageInitShape<typeof wire.GitInfoSchema>;

/** A thread without its history, which travels by itself, and without its path, which no other machine can use. */
export function threadToWire(thread: StoredThread): ThreadInit {
  return {
    threadId: thread.threadId,
    forkedFromId: thread.forkedFromId ?? undefined,
    parentThreadId: thread.parentThreadId ?? undefined,
    sessionId: thread.sessionId ?? undefined,
    originator: thread.originator ?? undefined,
    name: thread.name ?? undefined,
    title: thread.title ?? undefined,
    preview: thread.preview,
    firstUserMessage: thread.firstUserMessage ?? undefined,
    modelProvider: thread.modelProvider,
    model: thread.model ?? undefined,
    reasoningEffort: thread.reasoningEffort ?? undefined,
    createdAt: timeToWire(thread.createdAt, 'createdAt'),
    updatedAt: timeToWire(thread.updatedAt, 'updatedAt'),
    recencyAt: timeToWire(thread.recencyAt, 'recencyAt'),
    archivedAt: thread.archivedAt === null ? undefined : timeToWire(thread.archivedAt, 'archivedAt'),
    cwd: thread.cwd,
    cliVersion: thread.cliVersion,
    source: sourceToWire(thread.source, 'source'),
    threadSource: thread.threadSource ?? undefined,
    agentNickname: thread.agentNickname ?? undefined,
    agentRole: thread.agentRole ?? undefined,
    agentPath: thread.agentPath ?? undefined,
    gitInfo: thread.gitInfo === null ? undefined : gitInfoToWire(thread.gitInfo),
    approvalModeJson: thread.approvalMode === null ? undefined : jsonToWire(thread.approvalMode, 'approvalMode'),
    sandboxPolicyJson: thread.sandboxPolicy === null ? undefined : jsonToWire(thread.sandboxPolicy, 'sandboxPolicy'),
    tokenUsage: thread.tokenUsage === null ? undefined : tokenUsageToWire(thread.tokenUsage, 'tokenUsage'),
    memoryMode: memoryModeToWire(thread.memoryMode),
    nextOrdinal: bigIntegerToWire(thread.nextOrdinal, 'nextOrdinal'),
    epoch: bigIntegerToWire(thread.epoch, 'epoch'),
    nextSequence: bigIntegerToWire(thread.nextSequence, 'nextSequence'),
    lease: thread.lease === null ? undefined : leaseToWire(thread.lease),
  } satisfies AllFields<typeof wire.ThreadSchema>;
}

export function threadFromWire(thread: wire.Thread | undefined): StoredThread {
  if (thread === undefined) throw badResponse('thread', 'missing');
  return {
    threadId: thread.threadId,
    rolloutPath: null,
    forkedFromId: thread.forkedFromId ?? null,
    parentThreadId: thread.parentThreadId ?? null,
    sessionId: thread.sessionId ?? null,
    originator: thread.originator ?? null,
    name: thread.name ?? null,
    title: thread.title ?? null,
    preview: thread.preview,
    firstUserMessage: thread.firstUserMessage ?? null,
    modelProvider: thread.modelProvider,
    model: thread.model ?? null,
    reasoningEffort: thread.reasoningEffort ?? null,
    createdAt: answeredTime(thread.createdAt, 'createdAt'),
    updatedAt: answeredTime(thread.updatedAt, 'updatedAt'),
    recencyAt: answeredTime(thread.recencyAt, 'recencyAt'),
    archivedAt: thread.archivedAt === undefined ? null : answeredTime(thread.archivedAt, 'archivedAt'),
    cwd: thread.cwd,
    cliVersion: thread.cliVersion,
    source: sourceFromWire(thread.source, 'source', badResponse),
    threadSource: thread.threadSource ?? null,
    agentNickname: thread.agentNickname ?? null,
    agentRole: thread.agentRole ?? null,
    agentPath: thread.agentPath ?? null,
    gitInfo: thread.gitInfo === undefined ? null : gitInfoFromWire(thread.gitInfo),
    approvalMode: jsonOrNull(thread.approvalModeJson, 'approvalMode'),
    sandboxPolicy: jsonOrNull(thread.sandboxPolicyJson, 'sandboxPolicy'),
    tokenUsage:
      thread.tokenUsage === undefined ? null : tokenUsageFromWire(thread.tokenUsage, 'tokenUsage', badResponse),
    memoryMode: memoryModeFromResponse(thread.memoryMode),
    nextOrdinal: answeredBigInteger(thread.nextOrdinal, 'nextOrdinal'),
    epoch: answeredBigInteger(thread.epoch, 'epoch'),
    nextSequence: answeredBigInteger(thread.nextSequence, 'nextSequence'),
    lease: thread.lease === undefined ? null : leaseFromWire(thread.lease),
  };
}

function gitInfoToWire(git: GitInfo): GitInfoInit {
  return {
    commitHash: git.commitHash ?? undefined,
    branch: git.branch ?? undefined,
    repositoryUrl: git.repositoryUrl ?? undefined,
  } satisfies AllFields<typeof wire.GitInfoSchema>;
}

function gitInfoFromWire(git: wire.GitInfo): GitInfo {
  return {
    commitHash: git.commitHash ?? null,
    branch: git.branch ?? null,
    repositoryUrl: git.repositoryUrl ?? null,
  };
}

function jsonOrNull(text: string | undefined, field: string): StoredThread['approvalMode'] {
  return text === undefined ? null : jsonFromWire(text, field, badResponse);
}
