import { type ThreadId, type WriterRef } from '@threadstore/core';
import { itemsFromRequest } from '@threadstore/protocol';
import { metadataOf, type CodexAppends } from './codex-appends.ts';
import { ThreadEventPersistenceMode, type CreateThreadRequest } from './gen/codex/thread_store/v1/thread_store_pb.ts';
import type { CodexMethods, CodexOptions } from './methods.ts';
import { jsonText, sessionMeta, sessionMetadata } from './session-meta.ts';
import { parentOf, sourceFromWire } from './sources.ts';
import { codexWriterOf, isUnbegun, writerLabel, type CodexMode } from './writer-label.ts';

type WriterMethods =
  | 'createThread'
  | 'resumeThread'
  | 'appendItems'
  | 'persistThread'
  | 'flushThread'
  | 'shutdownThread'
  | 'discardThread';

/**
 * What a session calls, from its start to its end. What one call has begun is finished, whether or not the client waits for it: it could
 * not ask again, since its calls have no identity.
 */
export function writerMethods(options: CodexOptions, appends: CodexAppends): Pick<CodexMethods, WriterMethods> {
  const { store } = options;
  const begin = (threadId: ThreadId): Promise<WriterRef> => beginSession(options, appends, threadId);
  return {
    createThread: async (request) => {
      await createThread(options, request);
      return {};
    },
    // The history that comes with it is what the client has just read here.
    resumeThread: async ({ threadId, includeArchived, eventPersistenceMode }) => {
      const holder = writerLabel({ mode: modeOf(eventPersistenceMode), isNew: false });
      await store.resumeThread({ threadId, holder, includeArchived });
      return {};
    },
    appendItems: async ({ threadId, itemsJson }, { record }) => {
      const items = itemsFromRequest(itemsJson);
      record.bytes = itemsJson.reduce((bytes, item) => bytes + item.byteLength, 0);
      record.items = await appends.inTurn(threadId, () => appends.append(threadId, items));
      return {};
    },
    persistThread: async ({ threadId }) => {
      await appends.inTurn(threadId, async () => store.persistThread(await begin(threadId)));
      return {};
    },
    flushThread: async ({ threadId }) => {
      await appends.inTurn(threadId, async () => store.flushThread(await appends.writerThread(threadId)));
      return {};
    },
    shutdownThread: async ({ threadId }) => {
      await appends.inTurn(threadId, () => endSession(options, appends, threadId, 'shutdownThread'));
      return {};
    },
    discardThread: async ({ threadId }) => {
      await appends.inTurn(threadId, () => endSession(options, appends, threadId, 'discardThread'));
      return {};
    },
  };
}

/** Modes of no release keep as little as the oldest. */
function modeOf(mode: ThreadEventPersistenceMode): CodexMode {
  return mode === ThreadEventPersistenceMode.EXTENDED ? 'extended' : 'limited';
}

/** Takes the id and writes `session_meta`, which no client sends for a thread of its own. */
async function createThread({ store, limits }: CodexOptions, request: CreateThreadRequest): Promise<void> {
  const source = sourceFromWire(request.source);
  const { cwd, modelProvider, memoryMode } = sessionMetadata(request.metadataJson);
  const forkedFromId = request.forkedFromId ?? null;
  const meta = (threadId: ThreadId): string =>
    sessionMeta({
      threadId,
      forkedFromId,
      startedAt: new Date(),
      cwd: cwd ?? '',
      // Neither of them is told.
      originator: 'codex',
      cliVersion: '',
      source,
      threadSource: null,
      agentNickname: request.source?.subAgentNickname ?? null,
      agentRole: request.source?.subAgentRole ?? null,
      agentPath: request.source?.subAgentPath ?? null,
      modelProvider,
      memoryMode,
      baseInstructions: jsonText(request.baseInstructionsJson, 'base_instructions_json'),
      dynamicTools: request.dynamicToolsJson.flatMap((tool) => jsonText(tool, 'dynamic_tools_json') ?? []),
    });
  // Before anything is done: what can't be read is refused.
  meta(request.threadId);
  const { threadId, epoch } = await store.createThread({
    threadId: request.threadId,
    holder: writerLabel({ mode: modeOf(request.eventPersistenceMode), isNew: true }),
    forkedFromId,
    parentThreadId: parentOf(request.source),
    originator: 'codex',
  });
  const item = meta(threadId);
  const values = [JSON.parse(item) as Readonly<Record<string, unknown>>];
  const blank = { threadId, cwd: '', preview: '', firstUserMessage: null, title: null };
  const metadata = metadataOf(blank, { values }, { memoryMode }, limits);
  try {
    await store.appendItems({ threadId, epoch, sequence: 0n, items: [item], metadata });
  } catch (error) {
    await store.discardThread({ threadId, epoch }).catch(() => undefined);
    throw error;
  }
}

/** From now on the thread stays, though nothing has been appended yet. A new grant says so: the label of one can't be changed. */
export async function beginSession(
  { store }: CodexOptions,
  appends: CodexAppends,
  threadId: ThreadId,
): Promise<WriterRef> {
  const thread = await appends.writerThread(threadId);
  const writer = codexWriterOf(thread);
  if (writer === null || !isUnbegun(thread)) return thread;
  const holder = writerLabel({ ...writer, isNew: false });
  return store.resumeThread({ threadId, holder, takeover: 'steal', includeArchived: true });
}

/** A thread that was only created is gone without a trace, for whoever looks for it. */
async function endSession(
  { store }: CodexOptions,
  appends: CodexAppends,
  threadId: ThreadId,
  end: 'shutdownThread' | 'discardThread',
): Promise<void> {
  const thread = await appends.writerThread(threadId);
  const { epoch } = thread;
  appends.ended(thread.threadId);
  if (isUnbegun(thread)) await store.deleteThread({ threadId, epoch });
  else await store[end]({ threadId, epoch });
}
