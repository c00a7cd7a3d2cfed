import type { ThreadMetadataPatch } from './metadata-patch.ts';

/**
 * One patch that does what the two do one after the other: what the second names replaces it, within git info per member, and recency
 * does not move back.
 */
export function mergePatch<T extends Omit<ThreadMetadataPatch, 'rolloutPath'>>(first: T, second: T): T {
  const gitInfo = first.gitInfo && second.gitInfo && { ...first.gitInfo, ...second.gitInfo };
  const merged = { ...first, ...second, ...(gitInfo && { gitInfo }) };
  const recency = first.advanceRecencyAt;
  return recency !== undefined && second.advanceRecencyAt !== undefined && recency > second.advanceRecencyAt
    ? { ...merged, advanceRecencyAt: recency }
    : merged;
}
