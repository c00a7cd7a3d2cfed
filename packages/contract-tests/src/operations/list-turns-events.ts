import assert from 'node:assert/strict';
import { chapter } from '../chapter.ts';
import {
  aborted,
  agentSays,
  compacted,
  completed,
  event,
  message,
  sessionMeta,
  started,
  tokenCount,
  toolEnds,
  toolOutput,
  userSays,
  wholeTurn,
} from '../support/events.ts';
import { turnCase } from '../support/turn-cases.ts';
import { turnFaults } from './list-turns-faults.ts';

const [user, agent] = [userSays('a question'), agentSays('an answer')];

const explicit = [
  turnCase('a turn goes from its start to its end, with all that stands between', {
    items: [sessionMeta(), started('a'), message('user', 'x'), user, agent, completed('a'), tokenCount()],
    turns: [['a', 'completed', [1, 2, 3, 4, 5]]],
  }),
  turnCase('the other spellings of start and end are the same', {
    items: [event('turn_started', { turn_id: 'a' }), user, event('turn_complete', { turn_id: 'a' }), tokenCount()],
    turns: [['a', 'completed', [0, 1, 2]]],
  }),
  turnCase('a turn without an end goes on', {
    items: [...wholeTurn('a'), started('b'), user, tokenCount(), toolOutput('x')],
    turns: [
      ['a', 'completed', [0, 1, 2]],
      ['b', 'inProgress', [3, 4, 5, 6]],
    ],
  }),
  turnCase('a turn ends where the next one starts, and keeps its status', {
    items: [started('a'), user, started('b'), agent, completed('b')],
    turns: [
      ['a', 'inProgress', [0, 1]],
      ['b', 'completed', [2, 3, 4]],
    ],
  }),
  turnCase('a user message within a turn joins it', {
    items: [started('a'), user, agent, userSays('stop'), agent, completed('a')],
    turns: [['a', 'completed', [0, 1, 2, 3, 4, 5]]],
  }),
  turnCase('a turn may be empty', {
    items: [started('a'), started('b'), completed('b'), started('c')],
    turns: [
      ['a', 'inProgress', [0]],
      ['b', 'completed', [1, 2]],
      ['c', 'inProgress', [3]],
    ],
  }),
  turnCase('two turns may have one id', {
    items: [...wholeTurn('a'), tokenCount(), ...wholeTurn('a')],
    turns: [
      ['a', 'completed', [0, 1, 2]],
      ['a', 'completed', [4, 5, 6]],
    ],
  }),
];

const selfShown = [
  event('agent_reasoning', { text: 'hm' }),
  event('agent_reasoning_raw_content', { text: 'hm' }),
  event('web_search_begin', { call_id: 'c' }),
  event('web_search_end', { call_id: 'c', query: 'q', action: { type: 'search' } }),
  event('mcp_tool_call_end', { call_id: 'c', invocation: { server: 's', tool: 't', arguments: null }, result: {} }),
  event('image_generation_end', { call_id: 'c', status: 'completed', result: '' }),
  event('view_image_tool_call', { call_id: 'c', path: '/p' }),
  event('collab_agent_spawn_end', { call_id: 'c', status: 'running' }),
  event('patch_apply_end', { call_id: 'c', turn_id: '', changes: {}, success: true }),
  event('entered_review_mode', { target: { type: 'uncommittedChanges' } }),
  event('exited_review_mode', { review_output: null }),
  event('context_compacted'),
  compacted(),
];

const implicit = [
  turnCase('what is shown outside of turns opens one, and the next user message another', {
    items: [tokenCount(), user, agent, agent, tokenCount(), user, agent],
    turns: [
      ['rollout-1', 'completed', [1, 2, 3, 4]],
      ['rollout-5', 'completed', [5, 6]],
    ],
  }),
  turnCase('an agent may speak first', {
    items: [agent, user, event('agent_reasoning', { text: 'hm' }), user],
    turns: [
      ['rollout-0', 'completed', [0]],
      ['rollout-1', 'completed', [1, 2]],
      ['rollout-3', 'completed', [3]],
    ],
  }),
  turnCase('a started turn ends one that nobody started, and after its end another opens', {
    items: [user, ...wholeTurn('a'), tokenCount(), agent, started('b')],
    turns: [
      ['rollout-0', 'completed', [0]],
      ['a', 'completed', [1, 2, 3]],
      ['rollout-5', 'completed', [5]],
      ['b', 'inProgress', [6]],
    ],
  }),
  turnCase('all that is shown without a turn of its own opens one', {
    items: selfShown.flatMap((item) => [item, completed('nobody')]),
    turns: selfShown.map((_, n) => [`rollout-${2 * n}`, 'completed', [2 * n, 2 * n + 1]]),
  }),
  turnCase('a turn that holds a compaction alone is joined by the user message after it', {
    items: [compacted(), tokenCount(), user, agent, user],
    turns: [
      ['rollout-0', 'completed', [0, 1, 2, 3]],
      ['rollout-4', 'completed', [4]],
    ],
  }),
  turnCase('a turn that shows more than a compaction is not joined', {
    items: [compacted(), agent, user],
    turns: [
      ['rollout-0', 'completed', [0, 1]],
      ['rollout-2', 'completed', [2]],
    ],
  }),
  turnCase('a compaction within a turn belongs to it, and alone it is a turn', {
    items: [started('a'), compacted(), completed('a'), compacted()],
    turns: [
      ['a', 'completed', [0, 1, 2]],
      ['rollout-3', 'completed', [3]],
    ],
  }),
  turnCase('a compaction that is shown is not joined', {
    items: [event('context_compacted'), user],
    turns: [
      ['rollout-0', 'completed', [0]],
      ['rollout-1', 'completed', [1]],
    ],
  }),
  turnCase('items that no session shows open no turn', {
    items: [sessionMeta(), tokenCount(), message('user', 'x'), message('assistant', 'y'), toolOutput('z')],
    turns: [],
  }),
];

const lateness = [
  turnCase('an end that comes late belongs to the turn it names', {
    items: [started('a'), user, started('b'), completed('a', { completed_at: 5 }), agent, completed('b')],
    turns: [
      ['a', 'completed', [0, 1, 3]],
      ['b', 'completed', [2, 4, 5]],
    ],
    more: ([turn]) => assert.deepEqual(turn?.completedAt, new Date(5_000)),
  }),
  turnCase('a tool that ends late belongs to the turn it names, between turns too', {
    items: [...wholeTurn('a'), toolEnds('a'), started('b'), toolEnds('a', 1), toolEnds('b'), completed('b')],
    turns: [
      ['a', 'completed', [0, 1, 2, 3, 5]],
      ['b', 'completed', [4, 6, 7]],
    ],
  }),
  turnCase('a tool that names no turn of the thread opens none', {
    items: [toolEnds('nobody'), started('a'), toolEnds('nobody'), completed('a'), toolEnds('nobody')],
    turns: [['a', 'completed', [1, 2, 3]]],
  }),
  turnCase('a late item means the latest turn with its id', {
    items: [...wholeTurn('a'), ...wholeTurn('a'), ...wholeTurn('b'), toolEnds('a')],
    turns: [
      ['a', 'completed', [0, 1, 2]],
      ['a', 'completed', [3, 4, 5, 9]],
      ['b', 'completed', [6, 7, 8]],
    ],
  }),
  turnCase('an end that names no turn of the thread ends the open one', {
    items: [started('a'), user, completed('nobody'), agent, completed('nobody'), completed('nobody')],
    turns: [
      ['a', 'completed', [0, 1, 2]],
      ['rollout-3', 'completed', [3, 4]],
    ],
  }),
];

const completedItems = [
  turnCase('a completed message of a turn that is not there opens it', {
    items: [
      shows('a', 'UserMessage'),
      shows('a', 'AgentMessage'),
      shows('b', 'UserMessage'),
      shows('b', 'AgentMessage'),
    ],
    turns: [
      ['a', 'completed', [0, 1]],
      ['b', 'completed', [2, 3]],
    ],
  }),
  turnCase('a completed item joins the turn it names, now or late', {
    items: [...wholeTurn('a'), started('b'), shows('b', 'UserMessage'), shows('a', 'CommandExecution'), completed('b')],
    turns: [
      ['a', 'completed', [0, 1, 2, 5]],
      ['b', 'completed', [3, 4, 6]],
    ],
  }),
];

function shows(turnId: string, type: string): string {
  const item = { type, id: 'i', content: [{ type: type === 'AgentMessage' ? 'Text' : 'text', text: 'x' }] };
  return event('item_completed', { thread_id: 't', turn_id: turnId, item, completed_at_ms: 1 });
}

const aborts = [
  turnCase('an abort interrupts a turn and leaves it open', {
    items: [started('a'), user, aborted('a', { completed_at: 7, duration_ms: 8 }), agent, started('b')],
    turns: [
      ['a', 'interrupted', [0, 1, 2, 3]],
      ['b', 'inProgress', [4]],
    ],
    more: ([turn]) => assert.deepEqual([turn?.completedAt, turn?.durationMs], [new Date(7_000), 8]),
  }),
  turnCase('an end after an abort closes the turn, which stays interrupted', {
    items: [started('a'), aborted('a', { completed_at: 7 }), completed('a', { completed_at: 9 }), tokenCount()],
    turns: [['a', 'interrupted', [0, 1, 2]]],
    more: ([turn]) => assert.deepEqual(turn?.completedAt, new Date(9_000)),
  }),
  turnCase('an abort that names no turn, or none of the thread, means the open one', {
    items: [aborted(null), started('a'), aborted(null), started('b'), aborted('nobody'), agent],
    turns: [
      ['a', 'interrupted', [1, 2]],
      ['b', 'interrupted', [3, 4, 5]],
    ],
  }),
  turnCase('an abort that comes late interrupts the turn it names', {
    items: [...wholeTurn('a'), started('b'), aborted('a'), completed('b')],
    turns: [
      ['a', 'interrupted', [0, 1, 2, 4]],
      ['b', 'completed', [3, 5]],
    ],
  }),
];

export const turnEventsChapter = chapter(
  'listTurns: events',
  ...explicit,
  ...implicit,
  ...lateness,
  ...completedItems,
  ...aborts,
  ...turnFaults,
);
