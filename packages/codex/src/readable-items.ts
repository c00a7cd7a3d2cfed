import { isApprovalMode, isEffort, isSandboxPolicy } from './thread-to-wire.ts';

type Fields = Readonly<Record<string, unknown>>;
type Check = (payload: Fields) => boolean;

/**
 * What can be shown to a client. One item that a client can't parse makes its whole read fail, and nothing on the wire tells which
 * release asks; so an item is shown if every release from 0.125 to 0.129 can parse it, by its kind and by the values that newer
 * releases have added to. It is not looked into deeper than that.
 */
export function isReadable(json: string): boolean {
  const item = JSON.parse(json) as Fields;
  const { type, payload } = item;
  const check = typeof type === 'string' ? itemChecks.get(type) : undefined;
  return check !== undefined && isFields(payload) && check(payload);
}

/** Whether an item is a `session_meta` that can be shown. */
export function isReadableMeta(json: string): boolean {
  return json.includes('session_meta') && (JSON.parse(json) as Fields)['type'] === 'session_meta' && isReadable(json);
}

const always: Check = () => true;

const itemChecks: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['session_meta', (meta) => hasTexts(meta, ['id', 'timestamp', 'cwd', 'originator', 'cli_version'])],
  // Kinds that a release does not know it reads as "other".
  ['response_item', ({ type }) => typeof type === 'string'],
  ['compacted', (compacted) => hasTexts(compacted, ['message'])],
  ['turn_context', isReadableContext],
  ['event_msg', ({ type, ...event }) => (typeof type === 'string' ? (events.get(type)?.(event) ?? false) : false)],
]);

/**
 * The events that a log of these releases holds. Not among them, because not all releases know them:
 *
 * | event                                                            | known to         |
 * | ---------------------------------------------------------------- | ---------------- |
 * | `thread_name_updated`, `undo_completed`                           | 0.125 to 0.128   |
 * | `thread_goal_updated`                                             | 0.126 and later  |
 * | `thread_settings_applied`, `sub_agent_activity`                   | after 0.130      |
 * | `item_completed` of other things than plans, in the log           | after 0.130      |
 */
const events: ReadonlyMap<string, Check> = new Map<string, Check>([
  ...[
    'agent_message',
    'agent_reasoning',
    'agent_reasoning_raw_content',
    'collab_agent_interaction_end',
    'collab_agent_spawn_end',
    'collab_close_end',
    'collab_resume_end',
    'collab_waiting_end',
    'context_compacted',
    'dynamic_tool_call_request',
    'dynamic_tool_call_response',
    'entered_review_mode',
    'error',
    'exec_command_end',
    'exited_review_mode',
    'guardian_assessment',
    'image_generation_end',
    'mcp_tool_call_end',
    'patch_apply_end',
    'task_complete',
    'task_started',
    'thread_rolled_back',
    'token_count',
    'turn_complete',
    'turn_started',
    'user_message',
    'view_image_tool_call',
    'web_search_end',
  ].map((type): [string, Check] => [type, always]),
  ['item_completed', ({ item }) => isFields(item) && item['type'] === 'Plan'],
  ['turn_aborted', ({ reason }) => isOneOf(reason, ['interrupted', 'replaced', 'review_ended'])],
]);

function isReadableContext(context: Fields): boolean {
  const { approval_policy: approval, sandbox_policy: sandbox, effort, summary } = context;
  return (
    hasTexts(context, ['cwd', 'model']) &&
    (isApprovalMode(approval) || isFields(approval)) &&
    isSandboxPolicy(sandbox) &&
    (effort === undefined || effort === null || isEffort(effort)) &&
    isOneOf(summary, ['auto', 'concise', 'detailed', 'none'])
  );
}

function hasTexts(fields: Fields, names: readonly string[]): boolean {
  return names.every((name) => typeof fields[name] === 'string');
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  return typeof value === 'string' && words.includes(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
