import { expect, test } from 'vitest';
import { isReadable, isReadableMeta } from '../src/readable-items.ts';

const item = (type: string, payload: unknown): string => JSON.stringify({ type, payload });
const event = (type: string, more: object = {}): string => item('event_msg', { type, ...more });

const meta = { id: 'x', timestamp: 't', cwd: '', originator: '', cli_version: '' };
const context = {
  cwd: '/w',
  model: 'm',
  approval_policy: 'never',
  sandbox_policy: { type: 'read-only' },
  summary: 'auto',
};

test.each([
  item('session_meta', meta),
  item('session_meta', { ...meta, session_id: 'of newer releases' }),
  item('turn_context', context),
  item('turn_context', { ...context, effort: null, approval_policy: { granular: {} } }),
  item('compacted', { message: 'm', window_id: 3 }),
  item('response_item', { type: 'of_a_newer_release' }),
  event('task_started'),
  event('turn_started'),
  event('turn_aborted', { reason: 'replaced' }),
  event('item_completed', { item: { type: 'Plan' } }),
  '{"timestamp":"t","ordinal":1,"type":"event_msg","payload":{"type":"token_count"},"metadata":{}}',
])('every release reads %s', (json) => {
  expect(isReadable(json)).toBe(true);
});

test.each([
  '{}',
  '{"type":7}',
  item('note', {}),
  item('session_meta', { ...meta, cwd: null }),
  item('session_meta', null),
  item('response_item', {}),
  item('compacted', {}),
  item('turn_context', { ...context, effort: 'ultra' }),
  item('turn_context', { ...context, summary: 'of a newer release' }),
  item('turn_context', { ...context, sandbox_policy: { type: 'of a newer release' } }),
  item('turn_context', { ...context, approval_policy: 'of a newer release' }),
  event('thread_goal_updated'),
  event('undo_completed'),
  event('constructor'),
  event('turn_aborted', { reason: 'budget_limited' }),
  event('turn_aborted'),
  event('item_completed', { item: { type: 'AgentMessage' } }),
  item('event_msg', []),
  item('event_msg', { type: 'user_message' }).replace('event_msg', 'constructor'),
])('some release does not read %s', (json) => {
  expect(isReadable(json)).toBe(false);
});

test('a session_meta is told by its type, not by its text', () => {
  expect(isReadableMeta(item('session_meta', meta))).toBe(true);
  expect(isReadableMeta(item('compacted', { message: 'session_meta' }))).toBe(false);
  expect(isReadableMeta(item('session_meta', {}))).toBe(false);
});
