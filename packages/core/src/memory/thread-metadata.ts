import { blankMetadata, type PlainMetadata } from '../blank-metadata.ts';
import type { CheckedPatch } from '../checks/patch.ts';
import type { GitInfoPatch } from '../metadata-patch.ts';
import type { GitInfo, StoredThread } from '../thread.ts';

export type ThreadMetadata = PlainMetadata & Pick<StoredThread, 'createdAt' | 'updatedAt' | 'recencyAt'>;

export function initialMetadata(patch: CheckedPatch, now: Date, before: PlainMetadata = blankMetadata): ThreadMetadata {
  // Nothing to move back from: the first recency may lie before the creation, as that of a thread which is carried over.
  const recencyAt = patch.advanceRecencyAt ?? now;
  return patchMetadata({ ...before, createdAt: now, updatedAt: now, recencyAt }, patch);
}

export function patchMetadata(metadata: ThreadMetadata, patch: CheckedPatch): ThreadMetadata {
  const { advanceRecencyAt, gitInfo, ...fields } = patch;
  return {
    ...metadata,
    ...fields,
    recencyAt:
      advanceRecencyAt !== undefined && advanceRecencyAt > metadata.recencyAt ? advanceRecencyAt : metadata.recencyAt,
    gitInfo: gitInfo === undefined ? metadata.gitInfo : patchGitInfo(metadata.gitInfo, gitInfo),
  };
}

const noGitInfo: GitInfo = { commitHash: null, branch: null, repositoryUrl: null };

function patchGitInfo(info: GitInfo | null, patch: GitInfoPatch): GitInfo | null {
  const patched = { ...(info ?? noGitInfo), ...patch };
  return Object.values(patched).every((part) => part === null) ? null : patched;
}
