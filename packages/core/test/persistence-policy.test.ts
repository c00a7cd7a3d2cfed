import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PersistenceMode } from '../src/policy/event-kinds.ts';
import { keepEverything, persistencePolicy, type PersistencePolicy } from '../src/policy/persistence-policy.ts';
import { event, response } from './turn-fixture.ts';

const modes = ['limited', 'extended', 'paginated'] as const satisfies PersistenceMode[];
const strict = { unknownKinds: 'drop' } as const;

function kept(policy: PersistencePolicy, json: string): string | null {
  return policy.kept({ json, value: JSON.parse(json) as Readonly<Record<string, unknown>> });
}

/** The modes that keep an item, by their first letters; with `?` for one that does not know it. */
function keptIn(json: string): string {
  return modes
    .map((mode) => {
      const [open, closed] = [kept(persistencePolicy(mode), json), kept(persistencePolicy(mode, strict), json)];
      return open === closed ? (open === json ? mode.slice(0, 1) : '-') : '?';
    })
    .join('');
}

const completedItem = (type: string): string => event('item_completed', { turn_id: 'a', item: { type, text: 'x' } });

const eventTable: readonly [string, readonly string[]][] = [
  [
    'lep',
    ['token_count', 'thread_rolled_back', 'turn_aborted', 'task_started', 'task_complete', 'thread_goal_updated'],
  ],
  [
    'le-',
    [
      'user_message',
      'agent_message',
      'agent_reasoning',
      'agent_reasoning_raw_content',
      'context_compacted',
      'entered_review_mode',
      'exited_review_mode',
      'image_generation_end',
      'patch_apply_end',
      'mcp_tool_call_end',
      'web_search_end',
    ],
  ],
  [
    '-e-',
    [
      'error',
      'guardian_assessment',
      'exec_command_end',
      'view_image_tool_call',
      'collab_agent_spawn_end',
      'collab_agent_interaction_end',
      'collab_waiting_end',
      'collab_close_end',
      'collab_resume_end',
      'dynamic_tool_call_request',
      'dynamic_tool_call_response',
    ],
  ],
  ['??p', ['thread_settings_applied']],
  ['??-', ['sub_agent_activity']],
  ['???', ['thread_name_updated', 'undo_completed', 'an_event_to_come', 'toString', '']],
];

const never = `agent_message_content_delta agent_reasoning_section_break apply_patch_approval_request
  collab_agent_interaction_begin collab_agent_spawn_begin collab_close_begin collab_resume_begin collab_waiting_begin
  deprecation_notice elicitation_request exec_approval_request exec_command_begin exec_command_output_delta guardian_warning
  hook_completed hook_started image_generation_begin item_started mcp_startup_complete mcp_startup_update mcp_tool_call_begin
  model_reroute model_verification patch_apply_begin patch_apply_updated plan_delta plan_update raw_response_item
  realtime_conversation_closed realtime_conversation_list_voices_response realtime_conversation_realtime
  realtime_conversation_sdp realtime_conversation_started reasoning_content_delta reasoning_raw_content_delta
  request_permissions request_user_input session_configured shutdown_complete stream_error terminal_interaction turn_diff warning
  web_search_begin agent_message_delta agent_reasoning_delta agent_reasoning_raw_content_delta background_event
  get_history_entry_response list_skills_response mcp_list_tools_response skills_update_available undo_started`.split(
  /\s+/,
);

describe('events', () => {
  const rows = [...eventTable, ['---', never] as const].flatMap(([in_, types]) =>
    types.map((type): [string, string] => [type, in_]),
  );

  test.for(rows)('%s: %s', ([type, expected]) => {
    expect(keptIn(event(type))).toBe(expected);
  });

  test('are as many as there should be', () => {
    const count = (mode: string): number => rows.filter(([, expected]) => expected.includes(mode)).length;
    // Not counting plans.
    expect([count('l'), count('e'), count('p'), never.length]).toEqual([17, 17 + 11, 7, 44 + 9]);
  });

  test('by their other names are kept, too', () => {
    expect(['turn_started', 'turn_complete'].map((type) => keptIn(event(type)))).toEqual(['lep', 'lep']);
  });

  test('of completed items are kept by what was completed', () => {
    expect(['Plan', 'Sleep', 'AgentMessage', 'ToCome'].map((type) => keptIn(completedItem(type)))).toEqual([
      'lep',
      '??p',
      '--p',
      '--p',
    ]);
    expect(keptIn(event('item_completed', { item: 'Plan' }))).toBe('??p');
  });
});

describe('response items', () => {
  test.for<[string, string]>([
    ...[
      'message',
      'reasoning',
      'local_shell_call',
      'function_call',
      'tool_search_call',
      'custom_tool_call',
      'function_call_output',
      'tool_search_output',
      'custom_tool_call_output',
      'web_search_call',
      'image_generation_call',
      'compaction',
      'compaction_summary',
      'context_compaction',
      'agent_message',
    ].map((type): [string, string] => [type, 'lep']),
    ...['ghost_snapshot', 'compaction_trigger', 'additional_tools'].map((type): [string, string] => [type, '---']),
    ['an_item_to_come', '???'],
    ['other', '???'],
  ])('%s: %s', ([type, expected]) => {
    expect(keptIn(response(type))).toBe(expected);
  });
});

describe('items', () => {
  test.for<[string, string]>([
    ['session_meta', 'lep'],
    ['turn_context', 'lep'],
    ['compacted', 'lep'],
    ['inter_agent_communication', 'lep'],
    ['inter_agent_communication_metadata', 'lep'],
    ['world_state', 'lep'],
    ['token_usage_record', '???'],
    ['constructor', '???'],
  ])('%s: %s', ([type, expected]) => {
    expect(keptIn(JSON.stringify({ type, payload: {} }))).toBe(expected);
  });

  test.for<[string]>([
    ['{"type":"event_msg"}'],
    ['{"type":"event_msg","payload":[]}'],
    ['{"type":"event_msg","payload":{"type":1}}'],
    ['{"type":"response_item","payload":"message"}'],
    ['{"type":"response_item","payload":{}}'],
    ['{"type":7}'],
  ])('that do not say what they are count as unknown: %s', ([json]) => {
    expect(keptIn(json)).toBe('???');
  });

  test('are all kept as they are where everything is', () => {
    for (const json of [event('warning'), response('ghost_snapshot'), '{ "type": "x" }']) {
      expect(kept(keepEverything, json)).toBe(json);
    }
  });
});

describe('outputs of commands', () => {
  const outputs = { stdout: 'a', stderr: 'b', formatted_output: 'c', aggregated_output: 'd' };
  const extended = persistencePolicy('extended');

  test('are shortened in the mode extended only', () => {
    const json = event('exec_command_end', { call_id: 'x', ...outputs, exit_code: 0 });
    const short = { call_id: 'x', stdout: '', stderr: '', formatted_output: '', aggregated_output: 'd', exit_code: 0 };
    expect(kept(extended, json)).toBe(event('exec_command_end', short));
    expect(kept(persistencePolicy('limited'), json)).toBeNull();
    expect(kept(persistencePolicy('paginated'), json)).toBeNull();
  });

  test('that are short keep the text of their item', () => {
    const json =
      '{"payload" : {"type":"exec_command_end","stdout":"","aggregated_output":"d","n":1.0},"type":"event_msg"}';
    expect(kept(extended, json)).toBe(json);
  });

  test('of other events and items stay', () => {
    for (const json of [
      event('patch_apply_end', outputs),
      response('message', outputs),
      event('exec_command_end', { stdout: null, stderr: 7, aggregated_output: ['x'.repeat(20_000)] }),
    ]) {
      expect(kept(extended, json)).toBe(json);
    }
  });

  test('are shortened once and for all', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ż', '…', '🚀', '\uD83D', '"', '1 chars truncated') });
    const long = fc.tuple(text, fc.nat({ max: 9_000 })).map(([some, times]) => some.repeat(times));
    fc.assert(
      fc.property(long, long, (stdout, output) => {
        const once = kept(extended, event('exec_command_end', { stdout, aggregated_output: output }));
        expect(once === null ? null : kept(extended, once)).toBe(once);
      }),
      { numRuns: 50 },
    );
  });
});
