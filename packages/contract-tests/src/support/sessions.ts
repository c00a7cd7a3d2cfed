import { agentSays, event, message, response, rolledBack, sessionMeta, tokenCount, userSays } from './events.ts';

/** Sessions as two generations of Codex write them: the same items in the same order. What is said in them is made up. */

function line(type: string, payload: object, beside: object = {}): string {
  return JSON.stringify({ timestamp: '2026-02-03T10:15:30.123Z', ...beside, type, payload });
}

function context(turnId: string): string {
  return line('turn_context', {
    turn_id: turnId,
    cwd: '/w',
    approval_policy: 'never',
    model: 'a-model',
    summary: 'auto',
  });
}

function start(turnId: string, fields: object = {}): string {
  const shape = { model_context_window: 258_400, collaboration_mode_kind: 'default' };
  return event('task_started', { turn_id: turnId, started_at: 1_770_113_730, ...shape, ...fields });
}

function end(turnId: string, answer: string, fields: object = {}): string {
  const times = { completed_at: 1_770_113_731, duration_ms: 740, time_to_first_token_ms: 60 };
  return event('task_complete', { turn_id: turnId, last_agent_message: answer, ...times, ...fields });
}

function asked(text: string): readonly string[] {
  return [message('user', text), userSays(text), tokenCount()];
}

function answered(text: string): readonly string[] {
  return [agentSays(text), message('assistant', text), tokenCount()];
}

/** Events say what people and agents said, and a rollback takes the third turn back. */
export const eventSession: readonly string[] = [
  sessionMeta(),
  start('t1'),
  message('developer', 'You are careful.'),
  message('user', '<environment>the workshop</environment>'),
  context('t1'),
  ...asked('count the lanterns'),
  ...answered('seven lanterns'),
  end('t1', 'seven lanterns'),
  start('t2'),
  context('t2'),
  ...asked('light one of them'),
  response('function_call', { name: 'exec_command', arguments: '{"cmd":"light --one"}', call_id: 'call_2' }),
  tokenCount(),
  response('function_call_output', { call_id: 'call_2', output: 'Wall time: 0.1 seconds\nOutput:\nmatchstick lit' }),
  tokenCount(),
  ...answered('one lantern burns'),
  end('t2', 'one lantern burns'),
  start('t3'),
  context('t3'),
  ...asked('żółć 🏮 and a "quote"'),
  ...answered('a regrettable answer'),
  end('t3', 'a regrettable answer'),
  sessionMeta(),
  sessionMeta(),
  tokenCount(),
  rolledBack(1),
  start('t4'),
  context('t4'),
  ...asked('what burns now'),
  ...answered('still one lantern'),
  end('t4', 'still one lantern'),
];

function shown(turnId: string, item: object): string {
  const times = { started_at_ms: 1_770_113_730_100, completed_at_ms: 1_770_113_730_200 };
  return event('item_completed', { thread_id: 'an id', turn_id: turnId, item, ...times });
}

function askedIn(turnId: string, text: string): readonly string[] {
  const content = [{ type: 'text', text, text_elements: [] }];
  return [message('user', text), shown(turnId, { type: 'UserMessage', id: `user ${turnId}`, content })];
}

function answeredIn(turnId: string, text: string): readonly string[] {
  const content = [{ type: 'Text', text }];
  return [
    shown(turnId, { type: 'AgentMessage', id: `agent ${turnId}`, content }),
    message('assistant', text),
    line('token_usage_record', { thread_id: 'an id', turn_id: turnId, response_id: 'r', usage: { total_tokens: 9 } }),
    tokenCount(),
  ];
}

function command(turnId: string): object {
  return {
    type: 'CommandExecution',
    id: `call ${turnId}`,
    command: ['light', '--one'],
    cwd: 'file:///w',
    source: 'unified_exec_startup',
    status: 'completed',
    aggregated_output: 'matchstick lit',
    exit_code: 0,
    duration: { secs: 0, nanos: 5 },
  };
}

/** Completed items, each with its turn, say what is shown. */
export const itemSession: readonly string[] = [
  line('session_meta', { id: 'an id', cwd: '/w', history_mode: 'paginated' }, { ordinal: 0 }),
  start('t1', { root_turn_id: 't1', turn_attribution: { turn_id: 't1', turn_trigger: null } }),
  message('developer', 'You are careful.'),
  message('user', '<environment>the workshop</environment>'),
  line('world_state', { full: true, state: {} }, { ordinal: 4 }),
  context('t1'),
  event('thread_settings_applied', { thread_id: 'an id', thread_settings: {} }),
  ...askedIn('t1', 'count the lanterns'),
  ...answeredIn('t1', 'seven lanterns'),
  end('t1', 'seven lanterns', { root_turn_id: 't1', started_at: 1_770_113_730 }),
  start('t2', { root_turn_id: 't2' }),
  context('t2'),
  ...askedIn('t2', 'light one of them'),
  response('function_call', { id: 'f', name: 'exec_command', arguments: '{"cmd":"light --one"}', call_id: 'call_2' }),
  line('token_usage_record', { thread_id: 'an id', turn_id: 't2', response_id: 'r', usage: { total_tokens: 9 } }),
  shown('t2', command('t2')),
  response('function_call_output', { id: 'g', call_id: 'call_2', output: 'Output:\nmatchstick lit' }),
  tokenCount(),
  ...answeredIn('t2', 'one lantern burns'),
  end('t2', 'one lantern burns', { root_turn_id: 't2' }),
];
