import { CodexAppends } from './codex-appends.ts';
import { inCodexWords } from './errors.ts';
import { managementMethods } from './management-methods.ts';
import type { CodexMethods, CodexOptions } from './methods.ts';
import { readerMethods } from './reader-methods.ts';
import { writerMethods } from './writer-methods.ts';

type AnyMethod = (request: never, call: never) => Promise<unknown>;

/**
 * The thread store of Codex over any store of ours. Nothing that matters is kept between calls (see
 * `RecentWriters`): any replica can serve any call of a thread.
 *
 * | call                       | in the store                                                                           |
 * | -------------------------- | -------------------------------------------------------------------------------------- |
 * | CreateThread               | `createThread`, then the append of `session_meta`                                      |
 * | ResumeThread               | `resumeThread`; a live writer is a conflict                                            |
 * | AppendItems                | filtered by the mode of the session; one append with the metadata that follows         |
 * | PersistThread, FlushThread | the same                                                                               |
 * | ShutdownThread             | `shutdownThread`, or `deleteThread` for a thread that was only created                 |
 * | DiscardThread              | `discardThread`, or the same                                                           |
 * | LoadHistory, ReadThread    | `readThread`, and `streamHistory` without what some release can't parse                |
 * | ListThreads                | `listThreads` without what has no preview                                              |
 * | UpdateThreadMetadata       | the same                                                                               |
 * | ArchiveThread, Unarchive…  | the same, for a thread that is not, or is, in the archive                              |
 */
export function codexMethods(options: CodexOptions): CodexMethods {
  const appends = new CodexAppends(options);
  const methods: CodexMethods = {
    ...writerMethods(options, appends),
    ...readerMethods(options),
    ...managementMethods(options, appends),
  };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [name, worded(method as AnyMethod)]),
  ) as unknown as CodexMethods;
}

function worded(method: AnyMethod): AnyMethod {
  return async (request, call) => {
    try {
      return await method(request, call);
    } catch (error) {
      const { threadId } = request as { readonly threadId?: unknown };
      throw typeof threadId === 'string' ? inCodexWords(error, threadId) : error;
    }
  };
}
