import type { MessageInitShape } from '@bufbuild/protobuf';
import type { JsonValue, SessionSource } from '@threadstore/core';
import { known, type AllFields } from '@threadstore/protocol';
import { refused } from './errors.ts';
import {
  SessionSourceKind,
  type SessionSource as WireSource,
  type SessionSourceSchema,
} from './gen/codex/thread_store/v1/thread_store_pb.ts';

type SourceInit = MessageInitShape<typeof SessionSourceSchema>;
type Fields = { readonly [key: string]: JsonValue };

/** What each kind stands for. A kind that is added does not compile until it is here. */
const fromWire: Readonly<Record<SessionSourceKind, (source: WireSource) => SessionSource>> = {
  [SessionSourceKind.UNKNOWN]: () => 'unknown',
  [SessionSourceKind.CLI]: () => 'cli',
  [SessionSourceKind.VSCODE]: () => 'vscode',
  [SessionSourceKind.EXEC]: () => 'exec',
  // What Codex calls `mcp` in its logs, and `app_server` on this wire.
  [SessionSourceKind.APP_SERVER]: () => 'mcp',
  [SessionSourceKind.CUSTOM]: ({ custom }) => ({ custom: custom ?? '' }),
  [SessionSourceKind.SUB_AGENT_REVIEW]: () => ({ subagent: 'review' }),
  [SessionSourceKind.SUB_AGENT_COMPACT]: () => ({ subagent: 'compact' }),
  [SessionSourceKind.SUB_AGENT_THREAD_SPAWN]: (source) => ({ subagent: { thread_spawn: spawnFromWire(source) } }),
  [SessionSourceKind.SUB_AGENT_MEMORY_CONSOLIDATION]: () => ({ subagent: 'memory_consolidation' }),
  [SessionSourceKind.SUB_AGENT_OTHER]: ({ subAgentOther }) => ({ subagent: { other: subAgentOther ?? '' } }),
};

/** A source as Codex' logs have it. One that is absent, or of a kind of no release, is unknown. */
export function sourceFromWire(source: WireSource | undefined): SessionSource {
  if (source === undefined) return 'unknown';
  return known(fromWire, source.kind)?.(source) ?? 'unknown';
}

function spawnFromWire(source: WireSource): Fields {
  const parent = source.subAgentParentThreadId;
  if (parent === undefined) throw refused('source', 'remote thread store omitted sub-agent parent thread id');
  return {
    parent_thread_id: parent,
    depth: source.subAgentDepth ?? 0,
    agent_path: source.subAgentPath ?? null,
    agent_nickname: source.subAgentNickname ?? null,
    agent_role: source.subAgentRole ?? null,
  };
}

/** What these clients can be told of a source. The rest, of newer clients and of others, is unknown to them. */
export function sourceToWire(source: SessionSource): SourceInit {
  if (typeof source === 'string') return { kind: plainKinds.get(source) ?? SessionSourceKind.UNKNOWN };
  const { custom, subagent } = source;
  if (typeof custom === 'string') return { kind: SessionSourceKind.CUSTOM, custom };
  if (typeof subagent === 'string') return { kind: agentKinds.get(subagent) ?? SessionSourceKind.UNKNOWN };
  if (!isFields(subagent)) return { kind: SessionSourceKind.UNKNOWN };
  const { other, thread_spawn: spawn } = subagent;
  if (typeof other === 'string') return { kind: SessionSourceKind.SUB_AGENT_OTHER, subAgentOther: other };
  return isFields(spawn) ? spawnToWire(spawn) : { kind: SessionSourceKind.UNKNOWN };
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function spawnToWire(spawn: Fields): SourceInit {
  const { parent_thread_id: parent, depth } = spawn;
  // Clients refuse the whole answer for a parent that is none.
  if (typeof parent !== 'string' || !uuid.test(parent)) return { kind: SessionSourceKind.UNKNOWN };
  const text = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined);
  return {
    kind: SessionSourceKind.SUB_AGENT_THREAD_SPAWN,
    custom: undefined,
    subAgentParentThreadId: parent,
    subAgentDepth: Number.isInteger(depth) && Math.abs(Number(depth)) < 2 ** 31 ? Number(depth) : 0,
    subAgentOther: undefined,
    subAgentPath: text(spawn['agent_path']),
    subAgentNickname: text(spawn['agent_nickname']),
    subAgentRole: text(spawn['agent_role'] ?? spawn['agent_type']),
  } satisfies AllFields<typeof SessionSourceSchema>;
}

const plainKinds: ReadonlyMap<string, SessionSourceKind> = new Map([
  ['cli', SessionSourceKind.CLI],
  ['vscode', SessionSourceKind.VSCODE],
  ['exec', SessionSourceKind.EXEC],
  ['mcp', SessionSourceKind.APP_SERVER],
]);

const agentKinds: ReadonlyMap<string, SessionSourceKind> = new Map([
  ['review', SessionSourceKind.SUB_AGENT_REVIEW],
  ['compact', SessionSourceKind.SUB_AGENT_COMPACT],
  ['memory_consolidation', SessionSourceKind.SUB_AGENT_MEMORY_CONSOLIDATION],
]);

function isFields(value: JsonValue | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The thread that spawned the one with this source. */
export function parentOf(source: WireSource | undefined): string | null {
  const isSpawned = source?.kind === SessionSourceKind.SUB_AGENT_THREAD_SPAWN;
  return isSpawned ? (source.subAgentParentThreadId ?? null) : null;
}
