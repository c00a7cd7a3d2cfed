import { isFields, type Fields } from '../turn-index/event-fields.ts';
import { eventVerdict, type PersistenceMode, type Verdict } from './event-kinds.ts';

/** Whether an item is stored. Only for events does the mode make a difference. */
export function itemVerdict({ type, payload }: Fields, mode: PersistenceMode): Verdict {
  if (typeof type !== 'string') return 'unknown';
  if (type === 'event_msg') return isFields(payload) ? eventVerdict(payload, mode) : 'unknown';
  if (type === 'response_item') return isFields(payload) ? responseVerdict(payload) : 'unknown';
  return itemKinds.has(type) ? 'kept' : 'unknown';
}

function responseVerdict({ type }: Fields): Verdict {
  return typeof type === 'string' ? (responseKinds.get(type) ?? 'unknown') : 'unknown';
}

const itemKinds: ReadonlySet<string> = new Set([
  'session_meta',
  'turn_context',
  'compacted',
  'inter_agent_communication',
  'inter_agent_communication_metadata',
  'world_state',
]);

const responseKinds: ReadonlyMap<string, Verdict> = new Map([
  ['message', 'kept'],
  ['reasoning', 'kept'],
  ['agent_message', 'kept'],
  ['function_call', 'kept'],
  ['function_call_output', 'kept'],
  ['custom_tool_call', 'kept'],
  ['custom_tool_call_output', 'kept'],
  ['local_shell_call', 'kept'],
  ['tool_search_call', 'kept'],
  ['tool_search_output', 'kept'],
  ['web_search_call', 'kept'],
  ['image_generation_call', 'kept'],
  ['compaction', 'kept'],
  ['compaction_summary', 'kept'],
  ['context_compaction', 'kept'],
  ['additional_tools', 'dropped'],
  ['compaction_trigger', 'dropped'],
  ['ghost_snapshot', 'dropped'],
]);
