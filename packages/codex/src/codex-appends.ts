import {
  persistencePolicy,
  systemClock,
  ThreadMetadataSync,
  ThreadStoreError,
  type Limits,
  type StoredThread,
  type ThreadId,
  type ThreadMetadataPatch,
} from '@threadstore/core';
import {
  appendBatches,
  fittedText,
  isRefusalOf,
  KeyedOrder,
  keptItems,
  seenIn,
  type LineBatch,
} from '@threadstore/core/internal';
import { noWriter } from './errors.ts';
import type { CodexOptions } from './methods.ts';
import { RecentWriters } from './recent-writers.ts';
import { codexWriterOf } from './writer-label.ts';

/** How often an append is tried again that met another one of the same thread. */
const attemptsMax = 20;
/** A lease that has no more left than this is renewed by a call that stores nothing. */
const renewBelowMs = 15_000;

const policies = {
  limited: persistencePolicy('limited', { unknownKinds: 'drop' }),
  extended: persistencePolicy('extended', { unknownKinds: 'drop' }),
};

/**
 * Appends for writers that count nothing. These clients know neither epoch nor sequence, so both are read from the thread before each
 * append. Of two appends that read the same, the store takes one and refuses the other, which reads again.
 *
 * Calls of one thread that reach this process go one after another, in the order in which they came: that saves collisions. Kept
 * when they are done is only how long a call that stores nothing need not look at the thread.
 */
export class CodexAppends {
  readonly #options: CodexOptions;
  readonly #order = new KeyedOrder();
  readonly #recent = new RecentWriters({ renewBelowMs });

  constructor(options: CodexOptions) {
    this.#options = options;
  }

  inTurn<T>(threadId: ThreadId, work: () => Promise<T>): Promise<T> {
    return this.#order.alone(threadId.toLowerCase(), work);
  }

  /** The thread as its Codex left it. `not_found` when no Codex holds it, as for a thread that is not there. */
  async writerThread(threadId: ThreadId): Promise<StoredThread> {
    const thread = await this.#options.store.readThread({ threadId, includeArchived: true });
    if (codexWriterOf(thread) === null) throw noWriter(thread.threadId);
    this.#recent.saw(thread);
    return thread;
  }

  /** Appends what the policy of the session's mode keeps, with the metadata that follows. Resolves to how many items that were. */
  async append(threadId: ThreadId, items: readonly string[]): Promise<number> {
    if (this.#recent.isResting(threadId) && this.#areForNobody(items)) return 0;
    let thread = await this.writerThread(threadId);
    const { limits } = this.#options;
    const kept = keptItems(items, policies[codexWriterOf(thread)?.mode ?? 'limited'], limits);
    const heard = toldBesides(thread, items, limits);
    if (kept.items.length === 0) await this.#appendNothing(thread, heard);
    // A fork brings its whole history in one call.
    for (const { from, until } of appendBatches(kept.items, limits)) {
      const batch = { items: kept.items.slice(from, until), values: kept.values.slice(from, until) };
      thread = await this.#appendBatch(thread, batch, heard);
    }
    return kept.items.length;
  }

  /** The session is at its end. */
  ended(threadId: ThreadId): void {
    this.#recent.forget(threadId);
  }

  /** Whether no mode keeps any of the items, and nothing is learnt from them. An append of none asks whether the writer lives. */
  #areForNobody(items: readonly string[]): boolean {
    if (items.length === 0 || items.some((json) => json.includes('session_configured'))) return false;
    return keptItems(items, policies.extended, this.#options.limits).items.length === 0;
  }

  async #appendBatch(before: StoredThread, batch: LineBatch, heard: ThreadMetadataPatch): Promise<StoredThread> {
    let thread = before;
    let isBare = false;
    for (let attempt = 1; ; attempt += 1) {
      const metadata = isBare ? {} : metadataOf(thread, batch, heard, this.#options.limits);
      const { threadId, epoch, nextSequence: sequence } = thread;
      try {
        const { items } = batch;
        const { duplicate } = await this.#options.store.appendItems({ threadId, epoch, sequence, items, metadata });
        if (!duplicate) return withAppended(thread, metadata);
        // Another call has stored the same items under this sequence. These clients repeat no call: the items came twice.
      } catch (error) {
        if (attempt === attemptsMax || !(isRefusalOf('metadata', error) || isCollision(error))) throw error;
        if (isRefusalOf('metadata', error)) isBare = true;
      }
      thread = await this.writerThread(threadId);
    }
  }

  /** A session that streams for minutes what is not kept is alive all the same. */
  async #appendNothing({ threadId, epoch, lease }: StoredThread, heard: ThreadMetadataPatch): Promise<void> {
    const { store } = this.#options;
    if (Object.keys(heard).length > 0) {
      await store.updateThreadMetadata({ threadId, patch: heard, includeArchived: true });
    }
    if (lease !== null && lease.until.getTime() - Date.now() < renewBelowMs) {
      await store.renewLeases({ writers: [{ threadId, epoch }] });
    }
  }
}

type Known = Pick<StoredThread, 'threadId' | 'cwd' | 'preview' | 'firstUserMessage' | 'title'>;

/** What the live layer says of items for a thread that reads like this. */
export function metadataOf(
  thread: Known,
  { values }: Pick<LineBatch, 'values'>,
  heard: ThreadMetadataPatch,
  limits: Limits,
): ThreadMetadataPatch {
  const { threadId } = thread;
  // A new one for each append has never touched the thread: `updatedAt` goes with every append.
  const sync = new ThreadMetadataSync({ threadId, seen: seenIn(thread), deferred: heard, clock: systemClock, limits });
  return sync.observe(values)?.patch ?? {};
}

/** The thread as far as the next append of the same call needs it. */
function withAppended(thread: StoredThread, metadata: ThreadMetadataPatch): StoredThread {
  const { cwd, preview, firstUserMessage, title } = { ...thread, ...metadata };
  return { ...thread, cwd, preview, firstUserMessage, title, nextSequence: thread.nextSequence + 1n };
}

/** Releases before 0.129 name their provider and their folder in one event alone, which is not kept. */
function toldBesides(
  { modelProvider, cwd }: StoredThread,
  items: readonly string[],
  { metadataValueBytesMax }: Limits,
): ThreadMetadataPatch {
  const event = items.map(sessionConfigured).find((configured) => configured !== null);
  if (event === undefined || event === null) return {};
  const fitted = (value: unknown): string =>
    typeof value === 'string' ? fittedText(value, metadataValueBytesMax) : '';
  const [provider, folder] = [fitted(event.model_provider_id), fitted(event.cwd)];
  return {
    ...(provider !== '' && provider !== modelProvider ? { modelProvider: provider } : {}),
    // A folder that is known stays: the items of a fork speak of its source's.
    ...(folder !== '' && cwd === '' ? { cwd: folder } : {}),
  };
}

interface SessionConfigured {
  readonly model_provider_id?: unknown;
  readonly cwd?: unknown;
}

function sessionConfigured(json: string): SessionConfigured | null {
  if (!json.includes('session_configured')) return null;
  const { type, payload } = JSON.parse(json) as { readonly type: string; readonly payload?: unknown };
  if (type !== 'event_msg' || typeof payload !== 'object' || payload === null) return null;
  const event: SessionConfigured & { readonly type?: unknown } = payload;
  return event.type === 'session_configured' ? event : null;
}

/** Another append of the thread came first, or its Codex got a new grant. */
function isCollision(error: unknown): boolean {
  if (!(error instanceof ThreadStoreError)) return false;
  return ['SEQUENCE_REUSED', 'SEQUENCE_GAP', 'FENCED', 'WRITER_RELEASED'].includes(error.reason);
}
