import type { GitInfoPatch, MemoryMode, StoredThread, ThreadMetadataPatch } from '@threadstore/core';
import { threadNotFound } from '@threadstore/core/internal';
import { known } from '@threadstore/protocol';
import type { CodexAppends } from './codex-appends.ts';
import { isArchived, isMissing, noRollout, refused } from './errors.ts';
import {
  OptionalStringPatchKind,
  ThreadMemoryMode,
  type OptionalStringPatch,
  type ThreadMetadataPatch as WirePatch,
} from './gen/codex/thread_store/v1/thread_store_pb.ts';
import type { CodexMethods, CodexOptions } from './methods.ts';
import { threadToWire } from './thread-to-wire.ts';
import { isUnbegun } from './writer-label.ts';
import { beginSession } from './writer-methods.ts';

type ManagementMethods = 'updateThreadMetadata' | 'archiveThread' | 'unarchiveThread';

/** What changes a thread beside its items. The archive is stricter than ours: each thread must be where it is looked for. */
export function managementMethods(options: CodexOptions, appends: CodexAppends): Pick<CodexMethods, ManagementMethods> {
  const { store } = options;
  const found = async (threadId: string, where: 'active' | 'archived'): Promise<StoredThread> => {
    const thread = await store.readThread({ threadId, includeArchived: true }).catch((error: unknown) => {
      throw isMissing(error) ? noRollout(threadId, where) : error;
    });
    const isThere = (thread.archivedAt === null) === (where === 'active') && !isUnbegun(thread);
    if (!isThere) throw noRollout(threadId, where);
    return thread;
  };
  return {
    updateThreadMetadata: async ({ threadId, patch, includeArchived }) => {
      const params = { threadId, patch: patchFromWire(patch), includeArchived };
      // Codex takes an archived thread that it did not ask for, for none.
      const thread = await store.updateThreadMetadata(params).catch((error: unknown) => {
        throw isArchived(error) ? threadNotFound(threadId) : error;
      });
      // Whoever names a thread that has just been created means to keep it.
      if (isUnbegun(thread)) await appends.inTurn(threadId, () => beginSession(options, appends, threadId));
      return { thread: threadToWire(thread) };
    },
    archiveThread: async ({ threadId }) => {
      await store.archiveThread({ threadId: (await found(threadId, 'active')).threadId });
      return {};
    },
    unarchiveThread: async ({ threadId }) => {
      const { threadId: id } = await found(threadId, 'archived');
      return { thread: threadToWire(await store.unarchiveThread({ threadId: id })) };
    },
  };
}

function patchFromWire(patch: WirePatch | undefined): ThreadMetadataPatch {
  if (patch === undefined) throw refused('patch', 'patch: must be there, though it may be empty');
  const { name, memoryMode, gitInfo } = patch;
  return {
    // These clients can't clear a name; what is blank stands for none.
    ...(name === undefined ? {} : { name: name.trim() === '' ? null : name }),
    ...(memoryMode === undefined ? {} : { memoryMode: memoryModeFromWire(memoryMode) }),
    ...(gitInfo === undefined
      ? {}
      : {
          gitInfo: {
            ...part('commitHash', gitInfo.sha),
            ...part('branch', gitInfo.branch),
            ...part('repositoryUrl', gitInfo.originUrl),
          },
        }),
  };
}

const memoryModes: Readonly<Record<ThreadMemoryMode, MemoryMode>> = {
  [ThreadMemoryMode.ENABLED]: 'enabled',
  [ThreadMemoryMode.DISABLED]: 'disabled',
};

function memoryModeFromWire(value: ThreadMemoryMode): MemoryMode {
  const mode = known(memoryModes, value);
  if (mode === undefined) throw refused('patch.memory_mode', 'patch.memory_mode: no such mode');
  return mode;
}

const partValues: Readonly<Record<OptionalStringPatchKind, (value: string | undefined) => string | null | undefined>> =
  {
    [OptionalStringPatchKind.UNSET]: () => undefined,
    [OptionalStringPatchKind.CLEAR]: () => null,
    [OptionalStringPatchKind.SET]: (value) => value ?? '',
  };

function part(name: keyof GitInfoPatch, patch: OptionalStringPatch | undefined): GitInfoPatch {
  if (patch === undefined) return {};
  const read = known(partValues, patch.kind);
  if (read === undefined) throw refused('patch.git_info', 'patch.git_info: no such kind of change');
  const value = read(patch.value);
  return value === undefined ? {} : { [name]: value };
}
