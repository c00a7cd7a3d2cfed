import { isDeepStrictEqual } from 'node:util';
import type { Limits } from '../limits.ts';
import { mergePatch } from '../merge-patch.ts';
import type { ThreadMetadataPatch } from '../metadata-patch.ts';
import type { StoredThread } from '../thread.ts';
import { isFields, type Fields } from '../turn-index/event-fields.ts';
import { metadataOfItems, nothingSeen, seenIn, unitedFacts, type SeenFacts } from './item-metadata.ts';

/** What a history says about its thread's metadata, read batch by batch. */
export class HistoryMetadata {
  readonly #thread: StoredThread;
  readonly #limits: Limits;
  #seen: SeenFacts = nothingSeen;
  #patch: ThreadMetadataPatch = {};

  constructor(thread: StoredThread, limits: Limits) {
    this.#thread = thread;
    this.#limits = limits;
  }

  take(items: readonly string[]): void {
    const context = { threadId: this.#thread.threadId, limits: this.#limits, now: null };
    const { patch, seen } = metadataOfItems(items.flatMap(metadataItem), this.#seen, context);
    this.#seen = seen;
    this.#patch = mergePatch(this.#patch, patch);
  }

  /** What is settled, by the items or by what is stored. */
  get seen(): SeenFacts {
    return unitedFacts(this.#seen, seenIn(this.#thread));
  }

  /** What the thread lacks of it. */
  missing(): ThreadMetadataPatch {
    const stored = this.#thread as unknown as Readonly<Record<string, unknown>>;
    const isMissing = ([field, value]: [string, unknown]): boolean => {
      if (isExplicit(field)) return false;
      return isCount(field) ? !isDeepStrictEqual(stored[field], value) : isBlank(stored[field]) && !isBlank(value);
    };
    return Object.fromEntries(Object.entries(this.#patch).filter(isMissing));
  }
}

/** Somebody may have set these by hand since, which no item tells. */
function isExplicit(field: string): boolean {
  return field === 'gitInfo' || field === 'memoryMode' || field === 'createdAt';
}

/** A count is right or wrong. For all others what is stored stands: the next turn tells its model and policies anew. */
function isCount(field: string): boolean {
  return field === 'tokenUsage';
}

function isBlank(value: unknown): boolean {
  return value === null || value === '' || value === 'unknown';
}

// An escape may stand for any character of a type's name.
const typesThatMatter = ['event_msg', 'session_meta', 'turn_context', '\\u'];

/** Most items are not parsed for it. */
function metadataItem(json: string): Fields[] {
  if (!typesThatMatter.some((type) => json.includes(type))) return [];
  const item: unknown = JSON.parse(json);
  return isFields(item) ? [item] : [];
}
