import type { MessageInitShape } from '@bufbuild/protobuf';
import type { TokenUsage } from '@threadstore/core';
import type * as wire from '../gen/threadstore/v1/thread_pb.ts';
import type { Fault } from './fault.ts';
import type { AllFields } from './fields.ts';
import { countFromWire, countToWire } from './integer.ts';

export function tokenUsageToWire(usage: TokenUsage, field: string): MessageInitShape<typeof wire.TokenUsageSchema> {
  return {
    inputTokens: countToWire(usage.inputTokens, `${field}.inputTokens`),
    cachedInputTokens: countToWire(usage.cachedInputTokens, `${field}.cachedInputTokens`),
    outputTokens: countToWire(usage.outputTokens, `${field}.outputTokens`),
    reasoningOutputTokens: countToWire(usage.reasoningOutputTokens, `${field}.reasoningOutputTokens`),
    totalTokens: countToWire(usage.totalTokens, `${field}.totalTokens`),
  } satisfies AllFields<typeof wire.TokenUsageSchema>;
}

export function tokenUsageFromWire(usage: wire.TokenUsage, field: string, fault: Fault): TokenUsage {
  return {
    inputTokens: countFromWire(usage.inputTokens, `${field}.inputTokens`, fault),
    cachedInputTokens: countFromWire(usage.cachedInputTokens, `${field}.cachedInputTokens`, fault),
    outputTokens: countFromWire(usage.outputTokens, `${field}.outputTokens`, fault),
    reasoningOutputTokens: countFromWire(usage.reasoningOutputTokens, `${field}.reasoningOutputTokens`, fault),
    totalTokens: countFromWire(usage.totalTokens, `${field}.totalTokens`, fault),
  };
}
