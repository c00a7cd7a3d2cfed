import type { MessageInitShape } from '@bufbuild/protobuf';
import type { JsonValue, StoredThread, TokenUsage } from '@threadstore/core';
import type { AllFields } from '@threadstore/protocol';
import type * as wire from './gen/codex/thread_store/v1/thread_store_pb.ts';
import { sourceToWire } from './sources.ts';

type ThreadInit = MessageInitShape<typeof wire.StoredThreadSchema>;
type HistoryInit = MessageInitShape<typeof wire.StoredThreadHistorySchema>;

/**
 * A thread as these clients read it. A client refuses the whole answer for one value that it does not know, so what is of a newer
 * release, or of no Codex at all, is left out, and the client's own default stands for it.
 */
export function threadToWire(thread: StoredThread, history?: HistoryInit): ThreadInit {
  return {
    threadId: thread.threadId,
    forkedFromId: thread.forkedFromId ?? undefined,
    preview: thread.preview,
    name: shownName(thread) ?? undefined,
    modelProvider: thread.modelProvider,
    model: thread.model ?? undefined,
    createdAt: seconds(thread.createdAt),
    updatedAt: seconds(thread.updatedAt),
    archivedAt: thread.archivedAt === null ? undefined : seconds(thread.archivedAt),
    cwd: thread.cwd,
    cliVersion: thread.cliVersion,
    source: sourceToWire(thread.source),
    gitInfo: gitInfoToWire(thread),
    agentNickname: thread.agentNickname ?? undefined,
    agentRole: thread.agentRole ?? undefined,
    agentPath: thread.agentPath ?? undefined,
    reasoningEffort: known(thread.reasoningEffort, efforts),
    firstUserMessage: thread.firstUserMessage ?? undefined,
    // A name that leads nowhere on the client's disk. Without one, releases before 0.129 drop the thread from every list, and all of
    // them fail an unarchive that was done, and a summary.
    rolloutPath: `threadstore/${thread.threadId}`,
    approvalModeJson: isApprovalMode(thread.approvalMode) ? JSON.stringify(thread.approvalMode) : undefined,
    sandboxPolicyJson: isSandboxPolicy(thread.sandboxPolicy) ? JSON.stringify(thread.sandboxPolicy) : undefined,
    tokenUsageJson: thread.tokenUsage === null ? undefined : tokenUsageJson(thread.tokenUsage),
    history,
    threadSource: known(thread.threadSource, threadSources),
  } satisfies AllFields<typeof wire.StoredThreadSchema>;
}

/** Codex has one place for the name that a person gave and the title that follows from the history, and does not show what the preview says. */
export function shownName({ name, title, firstUserMessage, preview }: StoredThread): string | null {
  const derived = title === firstUserMessage ? null : title;
  const candidate = [name, derived].find((text) => text !== null && text.trim() !== '');
  return candidate === undefined || candidate === null || candidate.trim() === preview.trim() ? null : candidate;
}

function seconds(time: Date): bigint {
  return BigInt(Math.floor(time.getTime() / 1_000));
}

function gitInfoToWire({ gitInfo }: StoredThread): ThreadInit['gitInfo'] {
  if (gitInfo === null) return undefined;
  return {
    sha: gitInfo.commitHash ?? undefined,
    branch: gitInfo.branch ?? undefined,
    originUrl: gitInfo.repositoryUrl ?? undefined,
  } satisfies AllFields<typeof wire.GitInfoSchema>;
}

function tokenUsageJson(usage: TokenUsage): string {
  return JSON.stringify({
    input_tokens: usage.inputTokens,
    cached_input_tokens: usage.cachedInputTokens,
    output_tokens: usage.outputTokens,
    reasoning_output_tokens: usage.reasoningOutputTokens,
    total_tokens: usage.totalTokens,
  });
}

const efforts: ReadonlySet<string> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']);
const threadSources: ReadonlySet<string> = new Set(['user', 'subagent', 'memory_consolidation']);
const approvalModes: ReadonlySet<JsonValue> = new Set(['untrusted', 'on-failure', 'on-request', 'never']);
const sandboxTypes: ReadonlySet<JsonValue> = new Set(['danger-full-access', 'read-only', 'workspace-write']);

function known(word: string | null, words: ReadonlySet<string>): string | undefined {
  return word !== null && words.has(word) ? word : undefined;
}

export function isApprovalMode(value: unknown): boolean {
  return approvalModes.has(value as JsonValue);
}

export function isSandboxPolicy(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && sandboxTypes.has(value.type as JsonValue);
}

export function isEffort(value: unknown): boolean {
  return typeof value === 'string' && efforts.has(value);
}
