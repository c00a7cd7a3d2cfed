import { describe, expect, test } from 'vitest';
import { differencesOf, judge } from './support/differences.ts';
import { type Transcript, TranscriptWriter } from './support/transcript.ts';

const transcript = (steps: Transcript['steps'], notifications: Transcript['notifications'] = {}): Transcript => ({
  steps,
  notifications,
});

describe('differences of two transcripts', () => {
  test('alike ones have none', () => {
    const one = transcript({ read: { result: { turns: [1, { id: 'a' }] } } }, { error: [{ message: 'x' }] });
    expect(differencesOf(one, structuredClone(one))).toEqual([]);
  });

  test('each place is one, whatever is missing there', () => {
    const local = transcript(
      { read: { result: { path: '/a', turns: [{ id: 1 }, { id: 2 }] } }, only: 1 },
      { error: [1] },
    );
    const remote = transcript({ read: { result: { path: null, turns: [{ id: 3 }] } } });
    expect(differencesOf(local, remote)).toEqual([
      { where: 'read', at: 'result.path', local: '/a', remote: null },
      { where: 'read', at: 'result.turns.0.id', local: 1, remote: 3 },
      { where: 'read', at: 'result.turns.1', local: { id: 2 }, remote: undefined },
      { where: 'only', at: '', local: 1, remote: undefined },
      { where: 'notification error', at: '0', local: 1, remote: undefined },
    ]);
  });

  test('a failed call and one that did not fail differ, and a list and an object', () => {
    const local = transcript({ call: { result: {} }, other: { result: [] } });
    const remote = transcript({ call: { error: { code: 1 } }, other: { result: {} } });
    expect(differencesOf(local, remote).map(({ where, at }) => `${where}: ${at}`)).toEqual([
      'call: result',
      'call: error',
      'other: result',
    ]);
  });
});

describe('known differences', () => {
  const found = [{ where: 'read beans', at: 'result.thread.path', local: '/a', remote: null }];

  test.each([
    { where: 'read beans', at: 'result.thread.path' },
    { where: 'read *', at: '*path', local: '/a', remote: null },
    { where: '*', at: '*', remote: null },
  ])('%j covers one', (entry) => {
    expect(judge(found, [{ ...entry, reason: '' }])).toEqual({ unknown: [], unused: [] });
  });

  test.each([
    { where: 'read', at: 'result.thread.path' },
    { where: 'read *', at: 'result*id' },
    { where: 'read *', at: 'result.thread.path', local: '/b' },
    { where: 'read *', at: 'result.thread.path', remote: undefined },
  ])('%j does not, and is told of as unused', (entry) => {
    const known = [{ ...entry, reason: '' }];
    expect(judge(found, known)).toEqual({ unknown: found, unused: known });
  });
});

describe('what differs from run to run', () => {
  const id = '0191a000-0000-7000-8000-00000000000';

  test('has names in its place', () => {
    const writer = new TranscriptWriter('/folder-x');
    writer.name(`${id}1`, 'beans');
    const result = {
      id: `${id}1`,
      other: `${id}2 and ${id}2`,
      path: `/folder-x/state/sessions/2026/01/02/rollout-2026-01-02T03-04-05-${id}1.jsonl`,
      cwd: '/folder-x/garden',
      createdAt: 5,
      updatedAt: 4,
      completedAt: null,
      nextCursor: 'abc',
      backwardsCursor: null,
      processId: '17',
      timestamp: '2026-01-02T03:04:05.678Z',
      text: 'as it is',
    };
    writer.step('read', { result });
    writer.notifications('first', [
      { method: 'error', params: { message: `no ${id}3`, threadId: `${id}1` } },
      { method: 'thread/started', params: { thread: { id: `${id}1` } } },
      { method: 'account/rateLimits/updated', params: {} },
    ]);
    expect(writer.transcript()).toEqual({
      steps: {
        read: {
          result: {
            id: '<beans>',
            other: '<id 1> and <id 1>',
            path: '<sessions <beans>>',
            cwd: '<folder>/garden',
            createdAt: '<time>',
            updatedAt: '<time before createdAt>',
            completedAt: null,
            nextCursor: '<cursor>',
            backwardsCursor: null,
            processId: '<process>',
            timestamp: '<time>',
            text: 'as it is',
          },
        },
      },
      notifications: {
        'first: error of <beans>': [{ message: 'no <id 2>', threadId: '<beans>' }],
        'first: thread/started of <beans>': [{ thread: { id: '<beans>' } }],
      },
    });
    expect(() => writer.step('read', { result })).toThrow('two steps are called read');
  });
});
