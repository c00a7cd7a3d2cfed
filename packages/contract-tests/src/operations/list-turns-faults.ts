import assert from 'node:assert/strict';
import { agentSays, completed, event, failed, started, toolEnds, userSays } from '../support/events.ts';
import { turnCase } from '../support/turn-cases.ts';

const [user, agent] = [userSays('a question'), agentSays('an answer')];

/** How turns fail, and what is written wrong. */
const failures = [
  turnCase('an error fails the open turn, which goes on to its end and stays failed', {
    items: [failed('too early'), started('a'), failed('first'), agent, completed('a'), failed('too late')],
    turns: [['a', 'failed', [1, 2, 3, 4]]],
    more: ([turn]) => assert.deepEqual(turn?.error, { message: 'first', additionalDetails: null }),
  }),
  turnCase('errors of a rollback or of steering are not the turn’s', {
    items: [
      started('a'),
      failed('x', 'thread_rollback_failed'),
      failed('x', { active_turn_not_steerable: { turn_kind: 'review' } }),
      completed('a'),
    ],
    turns: [['a', 'completed', [0, 1, 2, 3]]],
    more: ([turn]) => assert.equal(turn?.error, null),
  }),
  turnCase('all other errors are', {
    items: [started('a'), failed('x', { http_connection_failed: { http_status_code: 503 } }), started('b')],
    turns: [
      ['a', 'failed', [0, 1]],
      ['b', 'inProgress', [2]],
    ],
  }),
  turnCase('an end may carry an error', {
    items: [started('a'), user, completed('a', { error: { message: 'no luck', codex_error_info: null } }), agent],
    turns: [
      ['a', 'failed', [0, 1, 2]],
      ['rollout-3', 'completed', [3]],
    ],
    more: ([turn]) => assert.equal(turn?.error?.message, 'no luck'),
  }),
];

/** What is written wrong means nothing; it is stored all the same. */
const malformed: readonly string[] = [
  '{"type":"event_msg"}',
  '{"type":"event_msg","payload":null}',
  '{"type":"event_msg","payload":[]}',
  '{"type":"event_msg","payload":"task_started"}',
  '{"type":"event_msg","payload":{"type":7}}',
  '{"type":"task_started","turn_id":"x"}',
  '{"type":"task_started","payload":{"type":"task_started","turn_id":"x"}}',
  event('task_started'),
  event('task_started', { turn_id: 7 }),
  event('user_message'),
  event('user_message', { message: null }),
  event('agent_message', { message: '' }),
  event('agent_message', { message: {} }),
  event('agent_reasoning', { text: '' }),
  event('thread_rolled_back'),
  event('thread_rolled_back', { num_turns: -1 }),
  event('thread_rolled_back', { num_turns: '1' }),
  event('__proto__'),
  event('constructor'),
];

const times = [
  turnCase('what is written wrong is no event', {
    items: [started('a'), ...malformed, completed('a'), ...malformed],
    turns: [['a', 'completed', Array.from({ length: malformed.length + 2 }, (_, n) => n)]],
  }),
  turnCase('a turn has the times of its events, and a user’s text may be empty', {
    items: [
      started('a', { started_at: 1_700_000_000 }),
      userSays(''),
      completed('a', { completed_at: 1_700_000_060, duration_ms: 60_123 }),
    ],
    turns: [['a', 'completed', [0, 1, 2]]],
    more: ([turn]) => {
      assert.deepEqual(turn?.startedAt, new Date(1_700_000_000_000));
      assert.deepEqual(turn.completedAt, new Date(1_700_000_060_000));
      assert.equal(turn.durationMs, 60_123);
    },
  }),
  turnCase('times that are none are left out', {
    items: [
      started('a', { started_at: 1e300 }),
      completed('a', { completed_at: 'soon', duration_ms: -1 }),
      started('b', { started_at: null }),
      completed('b', { completed_at: -1e15, duration_ms: '5' }),
    ],
    turns: [
      ['a', 'completed', [0, 1]],
      ['b', 'completed', [2, 3]],
    ],
    more: (turns) => {
      for (const { startedAt, completedAt, durationMs } of turns) {
        assert.deepEqual([startedAt, completedAt, durationMs], [null, null, null]);
      }
    },
  }),
  turnCase('ids and errors that no database could keep are made fit', {
    items: [
      started('a\u0000b'),
      failed(`${'e'.repeat(5_000)}\ud800`),
      completed('a\u0000b'),
      started('\udfff'),
      started('x'.repeat(10_000)),
      toolEnds('x'.repeat(10_000)),
    ],
    turns: [
      ['a\ufffdb', 'failed', [0, 1, 2]],
      ['\ufffd', 'inProgress', [3]],
      ['x'.repeat(256), 'inProgress', [4, 5]],
    ],
    more: ([turn]) => assert.equal(turn?.error?.message, 'e'.repeat(4_096)),
  }),
];

export const turnFaults = [...failures, ...times];
