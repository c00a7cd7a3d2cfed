import { describe, expect, test } from 'vitest';
import { stateOf, tokenCount } from './session-fixture.ts';
import { aborted, completed, event, rollsBack, started, userSays } from './turn-fixture.ts';

const turn = (id: string, tokens?: number): string[] => [
  started(id),
  userSays(id),
  ...(tokens === undefined ? [] : [tokenCount(tokens)]),
  completed(id),
];

function turnOfUsage(...items: string[]): string | null | undefined {
  return stateOf(items).tokenUsage?.turnId;
}

describe('the usage of a thread', () => {
  test('is that of the last count', () => {
    const usage = { inputTokens: 9, cachedInputTokens: 1, outputTokens: 2, reasoningOutputTokens: 3, totalTokens: 11 };
    expect(stateOf([...turn('a', 7), ...turn('b', 9)]).tokenUsage).toEqual({
      usage,
      last: { ...usage, inputTokens: 4, totalTokens: 6 },
      modelContextWindow: 1_000,
      turnId: 'b',
      ordinal: 6n,
    });
  });

  test('is that of the last count with information', () => {
    const withoutInfo = event('token_count', { info: null, rate_limits: {} });
    const withoutTotals = event('token_count', { info: { total_token_usage: { input_tokens: 1 } } });
    expect(stateOf([...turn('a', 7), withoutInfo, withoutTotals]).tokenUsage?.ordinal).toBe(2n);
    expect(stateOf([withoutInfo, withoutTotals]).tokenUsage).toBeNull();
  });

  test('may lack all but its totals', () => {
    const info = (JSON.parse(tokenCount(7)) as { payload: { info: object } }).payload.info;
    const only = event('token_count', { info: { ...info, last_token_usage: null, model_context_window: null } });
    expect(stateOf([only]).tokenUsage).toMatchObject({ last: null, modelContextWindow: null, turnId: null });
  });

  test('is not taken back by a rollback', () => {
    expect(stateOf([...turn('a', 7), ...turn('b', 9), rollsBack(1)]).tokenUsage?.usage.inputTokens).toBe(9);
  });
});

describe('the turn of a usage', () => {
  test('is the one that was open', () => {
    expect(turnOfUsage(started('a'), tokenCount(7))).toBe('a');
    expect(turnOfUsage(...turn('a', 7), started('b'))).toBe('a');
    expect(turnOfUsage(...turn('a'), userSays('x'), tokenCount(7))).toBe('rollout-3');
  });

  test('is the last one before, where none was open', () => {
    expect(turnOfUsage(...turn('a'), tokenCount(7), started('b'))).toBe('a');
  });

  test('that was rolled back is the one in its place', () => {
    expect(turnOfUsage(...turn('a'), ...turn('b', 7), rollsBack(1), ...turn('c'), ...turn('d'))).toBe('c');
  });

  test('that was rolled back, with none in its place, is the last that completed or failed', () => {
    expect(turnOfUsage(...turn('a'), ...turn('b', 7), rollsBack(1))).toBe('a');
    expect(turnOfUsage(...turn('a'), started('b'), aborted('b'), ...turn('c', 7), rollsBack(1))).toBe('a');
    expect(turnOfUsage(...turn('a', 7), rollsBack(1))).toBeNull();
  });
});
