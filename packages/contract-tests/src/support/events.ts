/** Items as agents write them, with the members that matter and some that do not. */

type Fields = Readonly<Record<string, unknown>>;

export function event(type: string, fields: Fields = {}): string {
  return JSON.stringify({ type: 'event_msg', payload: { type, ...fields } });
}

export function response(type: string, fields: Fields = {}): string {
  return JSON.stringify({ type: 'response_item', payload: { type, ...fields } });
}

export function started(turnId: string, fields: Fields = {}): string {
  return event('task_started', { turn_id: turnId, collaboration_mode_kind: 'default', ...fields });
}

export function completed(turnId: string, fields: Fields = {}): string {
  return event('task_complete', { turn_id: turnId, last_agent_message: null, ...fields });
}

export function aborted(turnId: string | null, fields: Fields = {}): string {
  return event('turn_aborted', { turn_id: turnId, reason: 'interrupted', ...fields });
}

export function userSays(text: string): string {
  return event('user_message', { message: text, images: [], local_images: [], text_elements: [] });
}

export function agentSays(text: string, phase: string | null = null): string {
  return event('agent_message', { message: text, phase, memory_citation: null });
}

export function failed(text: string, info: unknown = null): string {
  return event('error', { message: text, codex_error_info: info });
}

/** The end of a tool's call, which names its turn. */
export function toolEnds(turnId: string, n = 0): string {
  return event('exec_command_end', {
    call_id: `call ${n}`,
    turn_id: turnId,
    command: ['true'],
    cwd: '/',
    parsed_cmd: [],
    stdout: '',
    stderr: '',
    aggregated_output: '',
    exit_code: 0,
    duration: { secs: 0, nanos: 1 },
    formatted_output: '',
    status: 'completed',
  });
}

export function rolledBack(turns: number): string {
  return event('thread_rolled_back', { num_turns: turns });
}

export function compacted(text = 'a summary'): string {
  return JSON.stringify({ type: 'compacted', payload: { message: text } });
}

/** An event that no session shows. */
export function tokenCount(n = 0): string {
  return event('token_count', { info: { total_token_usage: { total_tokens: n } }, rate_limits: null });
}

export function sessionMeta(): string {
  return JSON.stringify({ type: 'session_meta', payload: { id: 'an id', cwd: '/w', cli_version: '0.1.0' } });
}

/** A message as the model sees it. */
export function message(role: string, ...texts: readonly string[]): string {
  const type = role === 'assistant' ? 'output_text' : 'input_text';
  return response('message', { role, content: texts.map((text) => ({ type, text })) });
}

export function toolOutput(output: unknown): string {
  return response('function_call_output', { call_id: 'call', output });
}

/** A turn of three items: it starts, somebody says something, it ends. */
export function wholeTurn(turnId: string, text = `said in ${turnId}`): readonly string[] {
  return [started(turnId), userSays(text), completed(turnId)];
}
