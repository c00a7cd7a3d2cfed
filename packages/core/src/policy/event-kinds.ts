import { isFields, type Fields } from '../turn-index/event-fields.ts';

/**
 * How much of a session is stored. `limited` keeps what a later session needs, `extended` also what tools did. `paginated` is for
 * newer logs, which have each thing that was shown as `item_completed` and not as an event of its own.
 */
export type PersistenceMode = 'limited' | 'extended' | 'paginated';

/** `unknown`: of a newer writer, or an older one, that these tables do not know. */
export type Verdict = 'kept' | 'dropped' | 'unknown';

interface EventRule {
  /** The least of the two modes that keeps it; `unknown` for what came after them. */
  readonly from: 'limited' | 'extended' | 'never' | 'unknown';
  readonly paginated: 'kept' | 'dropped';
}

/** Whether an event is stored, by the payload of its `event_msg`. */
export function eventVerdict(payload: Fields, mode: PersistenceMode): Verdict {
  const { type, item } = payload;
  if (typeof type !== 'string') return 'unknown';
  const rule = type === 'item_completed' ? itemRule(item) : rules.get(type);
  return rule === undefined ? 'unknown' : verdicts[mode](rule);
}

const verdicts: Readonly<Record<PersistenceMode, (rule: EventRule) => Verdict>> = {
  limited: ({ from }) => (from === 'unknown' ? 'unknown' : from === 'limited' ? 'kept' : 'dropped'),
  extended: ({ from }) => (from === 'unknown' ? 'unknown' : from === 'never' ? 'dropped' : 'kept'),
  paginated: ({ paginated }) => paginated,
};

/** For `item_completed`, by the type of what was completed. */
function itemRule(item: unknown): EventRule {
  const type = isFields(item) ? item['type'] : undefined;
  if (typeof type !== 'string') return { from: 'unknown', paginated: 'kept' };
  return completedItems.get(type) ?? { from: 'never', paginated: 'kept' };
}

const completedItems: ReadonlyMap<string, EventRule> = new Map([
  ['Plan', { from: 'limited', paginated: 'kept' }],
  ['Sleep', { from: 'unknown', paginated: 'kept' }],
]);

const rules: ReadonlyMap<string, EventRule> = new Map([
  ...all({ from: 'limited', paginated: 'kept' }, [
    'task_started',
    'turn_started',
    'task_complete',
    'turn_complete',
    'turn_aborted',
    'thread_rolled_back',
    'thread_goal_updated',
    'token_count',
  ]),
  ...all({ from: 'limited', paginated: 'dropped' }, [
    'user_message',
    'agent_message',
    'agent_reasoning',
    'agent_reasoning_raw_content',
    'context_compacted',
    'entered_review_mode',
    'exited_review_mode',
    'image_generation_end',
    'mcp_tool_call_end',
    'patch_apply_end',
    'web_search_end',
  ]),
  ...all({ from: 'extended', paginated: 'dropped' }, [
    'collab_agent_interaction_end',
    'collab_agent_spawn_end',
    'collab_close_end',
    'collab_resume_end',
    'collab_waiting_end',
    'dynamic_tool_call_request',
    'dynamic_tool_call_response',
    'error',
    'exec_command_end',
    'guardian_assessment',
    'view_image_tool_call',
  ]),
  ...all({ from: 'unknown', paginated: 'kept' }, ['thread_settings_applied']),
  ...all({ from: 'unknown', paginated: 'dropped' }, ['sub_agent_activity']),
  // What only the session itself needs: the beginnings and pieces of things, questions to the user, notices.
  ...all({ from: 'never', paginated: 'dropped' }, [
    'agent_message_content_delta',
    'agent_message_delta',
    'agent_reasoning_delta',
    'agent_reasoning_raw_content_delta',
    'agent_reasoning_section_break',
    'apply_patch_approval_request',
    'background_event',
    'collab_agent_interaction_begin',
    'collab_agent_spawn_begin',
    'collab_close_begin',
    'collab_resume_begin',
    'collab_waiting_begin',
    'deprecation_notice',
    'elicitation_request',
    'exec_approval_request',
    'exec_command_begin',
    'exec_command_output_delta',
    'get_history_entry_response',
    'guardian_warning',
    'hook_completed',
    'hook_started',
    'image_generation_begin',
    'item_started',
    'list_skills_response',
    'mcp_list_tools_response',
    'mcp_startup_complete',
    'mcp_startup_update',
    'mcp_tool_call_begin',
    'model_reroute',
    'model_verification',
    'patch_apply_begin',
    'patch_apply_updated',
    'plan_delta',
    'plan_update',
    'raw_response_item',
    'realtime_conversation_closed',
    'realtime_conversation_list_voices_response',
    'realtime_conversation_realtime',
    'realtime_conversation_sdp',
    'realtime_conversation_started',
    'reasoning_content_delta',
    'reasoning_raw_content_delta',
    'request_permissions',
    'request_user_input',
    'session_configured',
    'shutdown_complete',
    'skills_update_available',
    'stream_error',
    'terminal_interaction',
    'turn_diff',
    'undo_started',
    'warning',
    'web_search_begin',
  ]),
]);

function all(rule: EventRule, types: readonly string[]): [string, EventRule][] {
  return types.map((type) => [type, rule]);
}
