import { describe, expect, test } from 'vitest';
import { resolveLimits } from '../src/checks/limits.ts';
import { checkPatch } from '../src/checks/patch.ts';
import type { Limits, ThreadMetadataPatch } from '../src/index.ts';
import { failure } from './failure.ts';

function check(patch: unknown, limits: Partial<Limits> = {}): ReturnType<typeof checkPatch> {
  return checkPatch(patch, { field: 'patch', operation: 'update_thread_metadata' }, resolveLimits(limits));
}

const usage = { inputTokens: 1, cachedInputTokens: 2, outputTokens: 3, reasoningOutputTokens: 4, totalTokens: 5 };

const full: Required<Omit<ThreadMetadataPatch, 'rolloutPath'>> = {
  name: 'n',
  title: 't',
  preview: 'p',
  firstUserMessage: 'f',
  modelProvider: 'mp',
  model: 'm',
  reasoningEffort: 'high',
  createdAt: new Date(1),
  updatedAt: new Date(2),
  advanceRecencyAt: new Date(3),
  cwd: '/c',
  cliVersion: '1',
  source: { subagent: { other: 'x' } },
  threadSource: 'user',
  agentNickname: 'a',
  agentRole: 'b',
  agentPath: 'c',
  gitInfo: { commitHash: 'c', branch: null },
  approvalMode: 'never',
  sandboxPolicy: { type: 'read-only', list: [1, null, true] },
  tokenUsage: usage,
  memoryMode: 'disabled',
};

test('a full patch comes out equal, and nothing of it is shared', () => {
  const checked = check(full);
  expect(checked).toEqual(full);
  const objects = Object.entries(full).filter(([, value]) => typeof value === 'object');
  expect(objects).toHaveLength(7);
  for (const [key, value] of objects) expect(checked[key as keyof typeof checked]).not.toBe(value);
});

test('what can be cleared', () => {
  const cleared = Object.keys(full).filter((key) => {
    try {
      check({ [key]: null });
      return true;
    } catch {
      return false;
    }
  });
  expect(cleared).toEqual([
    'name',
    'title',
    'firstUserMessage',
    'model',
    'reasoningEffort',
    'threadSource',
    'agentNickname',
    'agentRole',
    'agentPath',
    // JSON values: null is one.
    'approvalMode',
    'sandboxPolicy',
    'tokenUsage',
  ]);
});

test('a count of -0 is 0, as every store says it', () => {
  const { tokenUsage } = check({ tokenUsage: { ...usage, inputTokens: -0 } });
  expect(tokenUsage).toStrictEqual({ ...usage, inputTokens: 0 });
});

test('undefined is absent', () => {
  const nothing = Object.fromEntries(Object.keys(full).map((key) => [key, undefined]));
  expect(check({ ...nothing, rolloutPath: undefined, gitInfo: { branch: undefined } })).toEqual({ gitInfo: {} });
  expect(Object.keys(check(nothing))).toEqual([]);
});

describe('what is refused names the field', () => {
  test.for([
    ['patch.name', { name: 1 }],
    ['patch.name', { name: 'a\0b' }],
    ['patch.preview', { preview: null }],
    ['patch.createdAt', { createdAt: '2026-01-01T00:00:00Z' }],
    ['patch.createdAt', { createdAt: new Date(Number.NaN) }],
    ['patch.updatedAt', { updatedAt: new Date(8.64e15) }],
    ['patch.advanceRecencyAt', { advanceRecencyAt: new Date('0000-12-31T23:59:59.999Z') }],
    ['patch.source', { source: null }],
    ['patch.source', { source: [] }],
    ['patch.source', { source: '{"a":1}' }],
    ['patch.source', { source: { a: undefined } }],
    ['patch.gitInfo', { gitInfo: null }],
    ['patch.gitInfo', { gitInfo: 'main' }],
    ['patch.gitInfo.branch', { gitInfo: { branch: 1 } }],
    ['patch.gitInfo.sha', { gitInfo: { sha: 'x' } }],
    ['patch.tokenUsage', { tokenUsage: 5 }],
    ['patch.tokenUsage.totalTokens', { tokenUsage: { ...usage, totalTokens: undefined } }],
    ['patch.tokenUsage.totalTokens', { tokenUsage: { ...usage, totalTokens: -1 } }],
    ['patch.tokenUsage.inputTokens', { tokenUsage: { ...usage, inputTokens: 1.5 } }],
    ['patch.tokenUsage.inputTokens', { tokenUsage: { ...usage, inputTokens: 2 ** 53 } }],
    ['patch.tokenUsage.cost', { tokenUsage: { ...usage, cost: 1 } }],
    ['patch.memoryMode', { memoryMode: 'on' }],
    ['patch.approvalMode', { approvalMode: () => 1 }],
    ['patch.approvalMode', { approvalMode: 1n }],
    ['patch.approvalMode', { approvalMode: Number.NaN }],
    ['patch.approvalMode', { approvalMode: [new Date()] }],
    ['patch.approvalMode', { approvalMode: new Map() }],
    ['patch.approvalMode', { approvalMode: Object.assign([], { length: 2 }) }],
    ['patch.sandboxPolicy', { sandboxPolicy: { 'a\0b': 1 } }],
    ['patch.sandboxPolicy', { sandboxPolicy: { a: 'a\0b' } }],
    ['patch.nextOrdinal', { nextOrdinal: 5n }],
    ['patch.archivedAt', { archivedAt: new Date() }],
    ['patch.toString', { toString: 'x' }],
    ['patch.__proto__', JSON.parse('{"__proto__":{"name":"x"}}')],
    ['patch', null],
    ['patch', 'name'],
    ['patch', [['name', 'x']]],
  ] as const)('%s', ([field, patch]) => {
    const error = failure(() => check(patch));
    expect(error).toMatchObject({ code: 'invalid_request', reason: 'INVALID_FIELD', details: { field } });
    expect(error.message.startsWith(`${field}: `)).toBe(true);
  });

  test('a member with a strange or a long name', () => {
    expect(failure(() => check({ 'a\nb\ud800': 1 })).details.field).toBe(String.raw`patch."a\nb${'\ufffd'}"`);
    expect(failure(() => check({ ['x'.repeat(10_000)]: 1 })).message.length).toBeLessThan(120);
  });

  test('Unicode', () => {
    for (const [field, patch] of [
      ['patch.title', { title: '\ud800' }],
      ['patch.source', { source: { a: '\udfff' } }],
      ['patch.sandboxPolicy', { sandboxPolicy: { '\ud800': 1 } }],
    ] as const) {
      expect(failure(() => check(patch))).toMatchObject({ reason: 'NOT_UNICODE', details: { field } });
    }
  });

  test('paths are not supported', () => {
    expect(failure(() => check({ rolloutPath: '/a' }))).toMatchObject({
      code: 'unsupported',
      details: { operation: 'update_thread_metadata.rollout_path' },
    });
  });
});

describe('limits', () => {
  test.for([
    [{ name: 'é'.repeat(3) }, { nameBytesMax: 5 }, { field: 'patch.name', limit: 'nameBytesMax', max: '5', got: '6' }],
    [
      { cwd: 'abcdef' },
      { metadataValueBytesMax: 5 },
      { field: 'patch.cwd', limit: 'metadataValueBytesMax', max: '5', got: '6' },
    ],
    [
      { source: { a: 1 } },
      { metadataValueBytesMax: 6 },
      { field: 'patch.source', limit: 'metadataValueBytesMax', max: '6', got: '7' },
    ],
    [
      { approvalMode: [[[]]] },
      { jsonDepthMax: 2 },
      { field: 'patch.approvalMode', limit: 'jsonDepthMax', max: '2', got: '3' },
    ],
  ] as const)('%j', ([patch, limits, details]) => {
    expect(failure(() => check(patch, limits))).toMatchObject({ reason: 'LIMIT_EXCEEDED', details });
    for (const [limit, max] of Object.entries(limits)) expect(check(patch, { [limit]: max + 1 })).toEqual(patch);
  });

  test('a value that contains itself', () => {
    const ring: unknown[] = [];
    ring.push(ring);
    expect(failure(() => check({ sandboxPolicy: ring })).details.limit).toBe('jsonDepthMax');
  });
});

test('keys of Object.prototype in a JSON value are members like any other', () => {
  const sandboxPolicy: unknown = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}');
  const checked = check({ sandboxPolicy }).sandboxPolicy;
  expect(JSON.stringify(checked)).toBe('{"__proto__":{"polluted":1},"constructor":2}');
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});
