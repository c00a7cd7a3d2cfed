import { expect, test } from 'vitest';
import { mergePatch } from '../src/merge-patch.ts';

const early = new Date('2026-01-01T00:00:00Z');
const late = new Date('2026-01-02T00:00:00Z');

test('what the second names replaces, clearing too; what it leaves out stays', () => {
  expect(mergePatch({ name: 'a', title: 't', model: 'm' }, { name: null, preview: 'p' })).toEqual({
    name: null,
    title: 't',
    model: 'm',
    preview: 'p',
  });
  expect(mergePatch({ updatedAt: late }, { updatedAt: early })).toEqual({ updatedAt: early });
});

test('git info is merged per member', () => {
  const merged = mergePatch({ gitInfo: { branch: 'a', commitHash: 'c' } }, { gitInfo: { branch: null } });
  expect(merged).toEqual({ gitInfo: { branch: null, commitHash: 'c' } });
  expect(mergePatch({ gitInfo: { branch: 'a' } }, {})).toEqual({ gitInfo: { branch: 'a' } });
  expect(mergePatch({}, { gitInfo: {} })).toEqual({ gitInfo: {} });
});

test('recency does not move back', () => {
  expect(mergePatch({ advanceRecencyAt: late }, { advanceRecencyAt: early })).toEqual({ advanceRecencyAt: late });
  expect(mergePatch({ advanceRecencyAt: early }, { advanceRecencyAt: late })).toEqual({ advanceRecencyAt: late });
  expect(mergePatch({ advanceRecencyAt: early }, {})).toEqual({ advanceRecencyAt: early });
});
