import { describe, expect, test } from 'vitest';
import type { TurnEvent } from '../src/turn-index/turn-event.ts';
import { compacts, event, response, turnEvent } from './turn-fixture.ts';

const shown: TurnEvent = { kind: 'shown', turnId: null };
const shownInA: TurnEvent = { kind: 'shown', turnId: 'a' };
const none = { completedAt: null, durationMs: null };
const plan = { type: 'Plan', id: 'p', text: 'first this' };
const command = { type: 'command', command: 'ls' };
const hookPrompt = '<hook_prompt hook_run_id="r1">Go on.</hook_prompt>';

describe('what an event means to turns', () => {
  test.for<[string, object, TurnEvent]>([
    ['task_started', { turn_id: 'a' }, { kind: 'started', turnId: 'a', startedAt: null }],
    ['turn_started', { turn_id: 'a', started_at: 1.5 }, { kind: 'started', turnId: 'a', startedAt: 1_500 }],
    ['task_complete', { turn_id: 'a' }, { kind: 'completed', turnId: 'a', ...none, error: null }],
    ['task_complete', {}, { kind: 'completed', turnId: null, ...none, error: null }],
    [
      'turn_complete',
      { turn_id: 'a', completed_at: 2, duration_ms: 0.5, error: null },
      { kind: 'completed', turnId: 'a', completedAt: 2_000, durationMs: 0.5, error: null },
    ],
    [
      'task_complete',
      { turn_id: 'a', error: { message: 'no', codex_error_info: 'other', additional_details: 'why' } },
      { kind: 'completed', turnId: 'a', ...none, error: { message: 'no', additionalDetails: 'why' } },
    ],
    ['turn_aborted', { turn_id: 'a', reason: 'replaced' }, { kind: 'aborted', turnId: 'a', ...none }],
    [
      'turn_aborted',
      { turn_id: null, completed_at: 3, duration_ms: 7 },
      { kind: 'aborted', turnId: null, completedAt: 3_000, durationMs: 7 },
    ],
    ['error', { message: 'no' }, { kind: 'failed', error: { message: 'no', additionalDetails: null } }],
    [
      'error',
      { message: '', codex_error_info: { http_connection_failed: { http_status_code: 503 } } },
      { kind: 'failed', error: { message: '', additionalDetails: null } },
    ],
    ['thread_rolled_back', { num_turns: 0 }, { kind: 'rolledBack', turns: 0 }],
    ['thread_rolled_back', { num_turns: 4_294_967_295 }, { kind: 'rolledBack', turns: 4_294_967_295 }],
    ['user_message', { message: '' }, { kind: 'userMessage', turnId: null }],
    ['agent_message', { message: 'x' }, { kind: 'agentMessage', phase: 'unmarked', turnId: null }],
    ['agent_message', { message: 'x', phase: null }, { kind: 'agentMessage', phase: 'unmarked', turnId: null }],
    ['agent_message', { message: 'x', phase: 'final_answer' }, { kind: 'agentMessage', phase: 'final', turnId: null }],
    [
      'agent_message',
      { message: 'x', phase: 'commentary' },
      { kind: 'agentMessage', phase: 'commentary', turnId: null },
    ],
    ['agent_message', { message: 'x', phase: 'new' }, { kind: 'agentMessage', phase: 'commentary', turnId: null }],
    ['agent_reasoning', { text: 'x' }, shown],
    ['agent_reasoning_raw_content', { text: 'x' }, shown],
    ['context_compacted', {}, shown],
    ['entered_review_mode', {}, shown],
    ['exited_review_mode', {}, shown],
    ['view_image_tool_call', {}, shown],
    ['exec_command_begin', { turn_id: 'a' }, shownInA],
    ['exec_command_end', { turn_id: 'a' }, shownInA],
    ['exec_command_end', { turn_id: '' }, { kind: 'shown', turnId: '' }],
    ['item_started', { turn_id: 'a', item: plan }, shownInA],
    ['item_completed', { turn_id: 'a', item: plan }, shownInA],
    ['item_completed', { turn_id: 'a', item: { type: 'CommandExecution' } }, shownInA],
    ['item_completed', { turn_id: 'a', item: { type: 'UserMessage' } }, { kind: 'userMessage', turnId: 'a' }],
    [
      'item_completed',
      { turn_id: 'a', item: { type: 'AgentMessage', content: [{ type: 'Text', text: 'x' }], phase: 'final_answer' } },
      { kind: 'agentMessage', phase: 'final', turnId: 'a' },
    ],
    ['dynamic_tool_call_request', { turnId: 'a' }, shownInA],
    ['guardian_assessment', { status: 'denied', target_item_id: 'i', action: command, turn_id: 'a' }, shownInA],
    ['guardian_assessment', { status: 'aborted', target_item_id: 'i', action: { type: 'execve' } }, shown],
  ])('%s %o', ([type, fields, meaning]) => {
    expect(turnEvent(event(type, { ...fields }))).toEqual(meaning);
  });

  const shownByName = ['web_search', 'mcp_tool_call', 'image_generation'];
  const collaboration = ['spawn', 'interaction'].map((name) => `collab_agent_${name}`);
  const tools = [...shownByName, ...collaboration, 'collab_waiting', 'collab_close', 'collab_resume'];
  test.for(tools.flatMap((name) => [`${name}_begin`, `${name}_end`]))('%s is shown', (type) => {
    expect(turnEvent(event(type))).toEqual(shown);
  });

  test.for(['patch_apply_begin', 'patch_apply_end', 'apply_patch_approval_request', 'dynamic_tool_call_response'])(
    '%s may name its turn',
    (type) => {
      expect(turnEvent(event(type, { turn_id: 'a' }))).toEqual(shownInA);
      expect(turnEvent(event(type, { turn_id: '' }))).toEqual(shown);
      expect(turnEvent(event(type))).toEqual(shown);
      expect(turnEvent(event(type, { turn_id: 1 }))).toBeNull();
    },
  );

  test('a compaction, and a message from a hook', () => {
    const hook = { type: 'input_text', text: hookPrompt };
    expect(turnEvent(compacts())).toEqual({ kind: 'compacted' });
    expect(turnEvent(response('message', { role: 'user', content: [hook, hook] }))).toEqual(shown);
  });
});

describe('what means nothing to turns', () => {
  test.for<[string, object]>([
    ['task_started', {}],
    ['task_started', { turn_id: null }],
    ['task_started', { turn_id: 1 }],
    ['task_complete', { turn_id: 1 }],
    ['task_complete', { turn_id: 'a', error: 'no' }],
    ['task_complete', { turn_id: 'a', error: { message: 1 } }],
    ['turn_aborted', { turn_id: ['a'] }],
    ['error', {}],
    ['error', { message: 'x', codex_error_info: 'thread_rollback_failed' }],
    ['error', { message: 'x', codex_error_info: { active_turn_not_steerable: { turn_kind: 'review' } } }],
    ['thread_rolled_back', {}],
    ['thread_rolled_back', { num_turns: -1 }],
    ['thread_rolled_back', { num_turns: 1.5 }],
    ['thread_rolled_back', { num_turns: 4_294_967_296 }],
    ['thread_rolled_back', { num_turns: '1' }],
    ['user_message', {}],
    ['user_message', { message: ['x'] }],
    ['agent_message', { message: '' }],
    ['agent_message', { message: 'x', phase: 1 }],
    ['agent_reasoning', { text: '' }],
    ['agent_reasoning_raw_content', {}],
    ['exec_command_end', {}],
    ['item_completed', { turn_id: 'a', item: { type: 'AgentMessage', text: 'x' } }],
    ['item_completed', { turn_id: 'a', item: { ...plan, text: '' } }],
    ['item_completed', { item: plan }],
    ['item_completed', { turn_id: 'a', item: null }],
    ['item_completed', { turn_id: 'a', item: { text: 'x' } }],
    ['item_completed', { item: { type: 'UserMessage' } }],
    ['item_started', { turn_id: 'a', item: { type: 'UserMessage' } }],
    ['guardian_assessment', { status: 'approved', target_item_id: 'i', action: command }],
    ['guardian_assessment', { status: 'denied', action: command }],
    ['guardian_assessment', { status: 'denied', target_item_id: 'i', action: { type: 'network' } }],
    ['guardian_assessment', { target_item_id: 'i', action: command }],
    ['token_count', { info: null }],
    ['task_started_', { turn_id: 'a' }],
    ['constructor', {}],
    ['__proto__', {}],
    ['', {}],
  ])('%s %o', ([type, fields]) => {
    expect(turnEvent(event(type, { ...fields }))).toBeNull();
  });

  test.for<[string, unknown[]]>([
    ['user', [{ type: 'input_text', text: 'hello' }]],
    [
      'user',
      [
        { type: 'input_text', text: hookPrompt },
        { type: 'input_text', text: 'and' },
      ],
    ],
    [
      'user',
      [
        { type: 'input_text', text: hookPrompt },
        { type: 'input_image', image_url: 'x' },
      ],
    ],
    ['user', [{ type: 'input_text', text: '<hook_prompt>Go on.</hook_prompt>' }]],
    ['assistant', [{ type: 'output_text', text: hookPrompt }]],
  ])('a message of the role %s with %j', ([role, content]) => {
    expect(turnEvent(response('message', { role, content }))).toBeNull();
  });
});

describe('the fields of an event', () => {
  const startedAt = (time: unknown): unknown => turnEvent(event('task_started', { turn_id: 'a', started_at: time }));

  test.for<[unknown, number | null]>([
    [0, 0],
    [-0, 0],
    [1.234_567, 1_235],
    [-1.5, -1_500],
    [8_640_000_000_000, 8_640_000_000_000_000],
    [8_640_000_000_000.1, null],
    [1e308, null],
    ['1', null],
    [null, null],
    [{}, null],
  ])('a time of %o seconds is %o', ([given, time]) => {
    expect(startedAt(given)).toStrictEqual({ kind: 'started', turnId: 'a', startedAt: time });
  });

  test('a number too large for JSON is no time', () => {
    const text = '{"type":"event_msg","payload":{"type":"task_started","turn_id":"a","started_at":1e999}}';
    expect(turnEvent(text)).toMatchObject({ startedAt: null });
  });

  test.for<[unknown, number | null]>([
    [0, 0],
    [-0, 0],
    [0.25, 0.25],
    [-1, null],
    ['1', null],
  ])('a duration of %o is %o', ([given, durationMs]) => {
    const meaning = turnEvent(event('turn_aborted', { turn_id: 'a', duration_ms: given }));
    expect(meaning).toStrictEqual({ kind: 'aborted', turnId: 'a', completedAt: null, durationMs });
  });

  test('texts are made fit for any database', () => {
    const meaning = turnEvent(event('task_started', { turn_id: `\0\ud800${'x'.repeat(300)}` }));
    expect(meaning).toMatchObject({ turnId: `\ufffd\ufffd${'x'.repeat(254)}` });
    expect(turnEvent(event('error', { message: 'é'.repeat(5_000), additional_details: '\udc00' }))).toMatchObject({
      error: { message: 'é'.repeat(4_096), additionalDetails: '\ufffd' },
    });
    expect(turnEvent(event('exec_command_end', { turn_id: 'x'.repeat(300) }))).toMatchObject({
      turnId: 'x'.repeat(256),
    });
  });
});
