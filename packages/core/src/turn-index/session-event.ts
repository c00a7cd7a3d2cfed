import { eventDuration, eventTime, hasText, isFields, optionalTurnId, turnError, turnIdText } from './event-fields.ts';
import type { Fields } from './event-fields.ts';
import { joinedParts } from './said-text.ts';
import type { TurnEvent } from './turn-event.ts';

/** What the payload of an `event_msg` means to turns. A payload without a field that its event needs means nothing. */
export function sessionEvent(payload: Fields): TurnEvent | null {
  const { type } = payload;
  return typeof type === 'string' ? (readers.get(type)?.(payload) ?? null) : null;
}

export const shown: TurnEvent = { kind: 'shown', turnId: null };
const userMessage: TurnEvent = { kind: 'userMessage', turnId: null };
/** The most turns that one event takes back. */
export const rolledBackMax = 2 ** 32 - 1;

type EventReader = (payload: Fields) => TurnEvent | null;

const show: EventReader = () => shown;

const showText: EventReader = ({ text }) => (hasText(text) ? shown : null);

/** For what always names its turn. */
const showInTurn: EventReader = ({ turn_id: id }) =>
  typeof id === 'string' ? { kind: 'shown', turnId: turnIdText(id) } : null;

/** For what may name its turn; an empty name is none. */
const showAnywhere: EventReader = ({ turn_id: id }) => shownIn(id);

function shownIn(given: unknown): TurnEvent | null {
  const turnId = optionalTurnId(given);
  if (turnId === undefined) return null;
  return hasText(turnId) ? { kind: 'shown', turnId } : shown;
}

const started: EventReader = ({ turn_id: id, started_at: time }) =>
  typeof id === 'string' ? { kind: 'started', turnId: turnIdText(id), startedAt: eventTime(time) } : null;

const completed: EventReader = ({ turn_id: id, completed_at: time, duration_ms: duration, error: given }) => {
  const turnId = optionalTurnId(id);
  const error = isFields(given) ? turnError(given) : null;
  if (turnId === undefined || (error === null && given !== undefined && given !== null)) return null;
  return { kind: 'completed', turnId, completedAt: eventTime(time), durationMs: eventDuration(duration), error };
};

const aborted: EventReader = ({ turn_id: id, completed_at: time, duration_ms: duration }) => {
  const turnId = optionalTurnId(id);
  if (turnId === undefined) return null;
  return { kind: 'aborted', turnId, completedAt: eventTime(time), durationMs: eventDuration(duration) };
};

const failed: EventReader = (payload) => {
  const info = payload['codex_error_info'];
  // These two tell the user why a request was refused, not that the turn failed.
  if (info === 'thread_rollback_failed' || info === 'active_turn_not_steerable') return null;
  if (isFields(info) && Object.hasOwn(info, 'active_turn_not_steerable')) return null;
  const error = turnError(payload);
  return error && { kind: 'failed', error };
};

const said: EventReader = ({ message }) => (typeof message === 'string' ? userMessage : null);

const answered: EventReader = ({ message, phase }) => (hasText(message) ? agentMessage(phase, null) : null);

function agentMessage(phase: unknown, turnId: string | null): TurnEvent | null {
  if (phase === undefined || phase === null) return { kind: 'agentMessage', phase: 'unmarked', turnId };
  if (typeof phase !== 'string') return null;
  return { kind: 'agentMessage', phase: phase === 'final_answer' ? 'final' : 'commentary', turnId };
}

const rolledBack: EventReader = ({ num_turns: turns }) =>
  typeof turns === 'number' && Number.isInteger(turns) && turns >= 0 && turns <= rolledBackMax
    ? { kind: 'rolledBack', turns: turns + 0 }
    : null;

const planned: EventReader = (payload) => {
  const { item } = payload;
  return isFields(item) && item['type'] === 'Plan' && hasText(item['text']) ? showInTurn(payload) : null;
};

/** Newer logs hold each thing that was shown as such an event, messages too, and have no other event of it. */
const itemCompleted: EventReader = (payload) => {
  const { item, turn_id: id } = payload;
  if (!isFields(item) || typeof id !== 'string') return null;
  switch (item['type']) {
    case 'UserMessage':
      return { kind: 'userMessage', turnId: turnIdText(id) };
    case 'AgentMessage':
      return hasText(joinedParts(item['content'])) ? agentMessage(item['phase'], turnIdText(id)) : null;
    case 'Plan':
      return planned(payload);
    default:
      return typeof item['type'] === 'string' ? showInTurn(payload) : null;
  }
};

const assessedActions: readonly unknown[] = ['command', 'execve'];

const assessed: EventReader = ({ status, action, target_item_id: target, turn_id: id }) => {
  if (typeof status !== 'string' || status === 'approved' || typeof target !== 'string') return null;
  return isFields(action) && assessedActions.includes(action['type']) ? shownIn(id) : null;
};

const readers: ReadonlyMap<string, EventReader> = new Map([
  ['task_started', started],
  ['turn_started', started],
  ['task_complete', completed],
  ['turn_complete', completed],
  ['turn_aborted', aborted],
  ['error', failed],
  ['thread_rolled_back', rolledBack],
  ['user_message', said],
  ['agent_message', answered],
  ['agent_reasoning', showText],
  ['agent_reasoning_raw_content', showText],
  ['context_compacted', show],
  ['entered_review_mode', show],
  ['exited_review_mode', show],
  ['view_image_tool_call', show],
  ...both('web_search', show),
  ...both('mcp_tool_call', show),
  ...both('image_generation', show),
  ...both('collab_agent_spawn', show),
  ...both('collab_agent_interaction', show),
  ...both('collab_waiting', show),
  ...both('collab_close', show),
  ...both('collab_resume', show),
  ...both('exec_command', showInTurn),
  ...both('patch_apply', showAnywhere),
  ['apply_patch_approval_request', showAnywhere],
  // The only event with names in camel case.
  ['dynamic_tool_call_request', ({ turnId }) => shownIn(turnId)],
  ['dynamic_tool_call_response', showAnywhere],
  ['guardian_assessment', assessed],
  ['item_started', planned],
  ['item_completed', itemCompleted],
]);

function both(name: string, reader: EventReader): [string, EventReader][] {
  return [
    [`${name}_begin`, reader],
    [`${name}_end`, reader],
  ];
}
