import type { Limits, ThreadId, ThreadMetadataPatch } from '@threadstore/core';
import {
  fittedText,
  loggedTime,
  mergePatch,
  metadataOfItems,
  nothingSeen,
  type SeenFacts,
} from '@threadstore/core/internal';
import { asObject, member, objectMember, textMember, type JsonObject } from './json-members.ts';
import { threadIdOf } from './thread-id-of.ts';

/** What a rollout says about its thread. */
export interface RolloutMetadata {
  readonly forkedFromId: string | null;
  readonly parentThreadId: string | null;
  readonly sessionId: string | null;
  readonly originator: string | null;
  readonly patch: ThreadMetadataPatch;
}

type Identity = Omit<RolloutMetadata, 'patch'>;

/**
 * Gathers a thread's metadata from the lines of its rollout, one after the other: what a live thread would have derived from the same
 * items, and beside it what only the lines and the first own `session_meta` tell: when, from where, and by what name.
 */
export class RolloutMetadataReader {
  readonly #threadId: ThreadId;
  readonly #limits: Limits;
  #seen: SeenFacts = nothingSeen;
  #patch: ThreadMetadataPatch = {};
  #times: Pick<ThreadMetadataPatch, 'createdAt' | 'updatedAt' | 'advanceRecencyAt'> = {};
  #identity: Identity | undefined;

  constructor(threadId: ThreadId, limits: Limits) {
    this.#threadId = threadId;
    this.#limits = limits;
  }

  /** Looks at the next line, as parsed. */
  observe(line: JsonObject): void {
    const time = loggedTime(member(line, 'timestamp'));
    if (time !== null) {
      const { createdAt = time } = this.#times;
      this.#times = { createdAt, updatedAt: time, advanceRecencyAt: time };
    }
    const context = { threadId: this.#threadId, limits: this.#limits, now: null };
    const { patch, seen } = metadataOfItems([line], this.#seen, context);
    const { createdAt, ...rest } = patch;
    this.#seen = seen;
    this.#patch = mergePatch(this.#patch, rest);
    const payload = objectMember(line, 'payload');
    if (textMember(line, 'type') === 'session_meta') this.#observeIdentity(payload, createdAt);
    if (textMember(payload, 'type') === 'thread_name_updated') this.#observeName(textMember(payload, 'thread_name'));
  }

  result(): RolloutMetadata {
    const nobody: Identity = { forkedFromId: null, parentThreadId: null, sessionId: null, originator: null };
    return { ...(this.#identity ?? nobody), patch: { ...this.#patch, ...this.#times } };
  }

  #observeIdentity(meta: JsonObject | undefined, createdAt: Date | undefined): void {
    if (this.#identity !== undefined || textMember(meta, 'id')?.toLowerCase() !== this.#threadId) return;
    const spawn = objectMember(objectMember(asObject(member(meta, 'source')), 'subagent'), 'thread_spawn');
    this.#identity = {
      forkedFromId: threadIdOf(textMember(meta, 'forked_from_id')),
      parentThreadId: threadIdOf(textMember(meta, 'parent_thread_id') ?? textMember(spawn, 'parent_thread_id')),
      sessionId: this.#text(textMember(meta, 'session_id')),
      originator: this.#text(textMember(meta, 'originator')),
    };
    if (createdAt !== undefined) this.#times = { ...this.#times, createdAt };
  }

  /** A name that a person gave; older releases kept it in the log. */
  #observeName(name: string | undefined): void {
    if (name !== undefined && name !== '') {
      this.#patch = { ...this.#patch, name: fittedText(name, this.#limits.nameBytesMax) };
    }
  }

  #text(text: string | undefined): string | null {
    return text === undefined || text === '' ? null : fittedText(text, this.#limits.metadataValueBytesMax);
  }
}
