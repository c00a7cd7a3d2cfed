import type { Limits } from '../limits.ts';
import type { ThreadMetadataPatch } from '../metadata-patch.ts';
import type { SessionSource } from '../thread.ts';
import { hasText } from '../turn-index/event-fields.ts';
import { fittedText, spawnOf } from './metadata-values.ts';

/** What a structured source says of the agent that it spawned. */
export function metadataOfSource(source: SessionSource | undefined, limits: Limits): ThreadMetadataPatch {
  const spawn = spawnOf(source);
  if (spawn === undefined) return {};
  const text = (value: unknown): string | null =>
    hasText(value) ? fittedText(value, limits.metadataValueBytesMax) : null;
  return {
    agentNickname: text(spawn['agent_nickname']),
    agentRole: text(spawn['agent_role']),
    agentPath: text(spawn['agent_path']),
  };
}
