import type { Limits } from '../limits.ts';
import type { GitInfoPatch, ThreadMetadataPatch } from '../metadata-patch.ts';
import { tokenUsageOf } from '../session-log/token-usage.ts';
import type { StoredThread, ThreadId } from '../thread.ts';
import { hasText, isFields, type Fields } from '../turn-index/event-fields.ts';
import { requestText } from '../turn-index/said-text.ts';
import { fittedJson, fittedText, loggedSource, loggedTime, spawnOf } from './metadata-values.ts';

/** What the items before have settled: the first of its kind counts. */
export interface SeenFacts {
  readonly cwd: boolean;
  readonly preview: boolean;
  readonly firstUserMessage: boolean;
  readonly title: boolean;
}

export const nothingSeen: SeenFacts = { cwd: false, preview: false, firstUserMessage: false, title: false };

/** What is settled for a thread that reads like this. */
export function seenIn(metadata: Pick<StoredThread, 'cwd' | 'preview' | 'firstUserMessage' | 'title'>): SeenFacts {
  return {
    cwd: metadata.cwd !== '',
    preview: metadata.preview !== '',
    firstUserMessage: metadata.firstUserMessage !== null,
    title: metadata.title !== null,
  };
}

export function unitedFacts(a: SeenFacts, b: SeenFacts): SeenFacts {
  return {
    cwd: a.cwd || b.cwd,
    preview: a.preview || b.preview,
    firstUserMessage: a.firstUserMessage || b.firstUserMessage,
    title: a.title || b.title,
  };
}

export interface ReadContext {
  readonly threadId: ThreadId;
  /** Texts are cut to what a store with these keeps. */
  readonly limits: Limits;
  /** The time of the items, for what is recent; `null` leaves `recencyAt` alone. */
  readonly now: Date | null;
}

export interface ItemsMetadata {
  readonly patch: ThreadMetadataPatch;
  readonly seen: SeenFacts;
  /** Whether one of the items is of a kind that metadata is made from. */
  readonly relevant: boolean;
}

type Draft = { -readonly [K in keyof ThreadMetadataPatch]: ThreadMetadataPatch[K] };

/**
 * The metadata that follows from items, in their order (rules of Codex' ThreadMetadataSync, newer reading where there are two).
 *
 * | item                                  | sets                                                                          |
 * | ------------------------------------- | ----------------------------------------------------------------------------- |
 * | `session_meta` of this thread         | `createdAt`, `source`, `threadSource`, agent, `modelProvider`, `cliVersion`, `cwd`, git, `memoryMode` |
 * | `session_meta` of another (fork copy) | nothing                                                                       |
 * | `turn_context`                        | `cwd` unless one is known; model, effort, approval mode, sandbox policy        |
 * | `user_message`, or as `item_completed` | `firstUserMessage`, `preview`, `title`, each unless known                      |
 * | `token_count` with counts             | `tokenUsage`, the running total                                               |
 * | `thread_goal_updated`                 | `preview`, unless known                                                       |
 * | `thread_settings_applied`             | model, provider, effort, `cwd`, approval mode                                 |
 * | `task_started`                        | recency                                                                       |
 *
 * An item of the right kind and the wrong form sets nothing.
 */
export function metadataOfItems(items: Iterable<Fields>, before: SeenFacts, context: ReadContext): ItemsMetadata {
  const reading = new Reading(before, context);
  for (const item of items) reading.take(item);
  return { patch: reading.patch, seen: reading.seen, relevant: reading.relevant };
}

/** Codex' mark for a message that has pictures and no words. */
const imageMark = '[Image]';

class Reading {
  readonly patch: Draft = {};
  seen: SeenFacts;
  relevant = false;
  readonly #context: ReadContext;

  constructor(seen: SeenFacts, context: ReadContext) {
    this.seen = seen;
    this.#context = context;
  }

  take({ type, payload }: Fields): void {
    if (!isFields(payload)) return;
    if (type === 'event_msg') return this.#takeEvent(payload);
    if (type !== 'session_meta' && type !== 'turn_context') return;
    this.relevant = true;
    if (type === 'turn_context') this.#takeTurnContext(payload);
    else if (String(payload['id']).toLowerCase() === this.#context.threadId) this.#takeSessionMeta(payload);
  }

  #takeSessionMeta(meta: Fields): void {
    const source = loggedSource(meta['source'], this.#context.limits);
    const spawn = spawnOf(source);
    const createdAt = loggedTime(meta['timestamp']);
    if (createdAt === null) delete this.patch.createdAt;
    else this.patch.createdAt = createdAt;
    this.patch.source = source;
    this.patch.threadSource = this.#text(meta['thread_source']) ?? null;
    this.patch.agentNickname = this.#text(meta['agent_nickname'] ?? spawn?.['agent_nickname']) ?? null;
    const role = meta['agent_role'] ?? meta['agent_type'] ?? spawn?.['agent_role'];
    this.patch.agentRole = this.#text(role) ?? null;
    this.patch.agentPath = this.#text(meta['agent_path'] ?? spawn?.['agent_path']) ?? null;
    this.#set('modelProvider', meta['model_provider']);
    this.#set('cliVersion', meta['cli_version']);
    this.#setCwd(meta['cwd']);
    const memoryMode = meta['memory_mode'];
    if (memoryMode === 'enabled' || memoryMode === 'disabled') this.patch.memoryMode = memoryMode;
    if (isFields(meta['git'])) this.#takeGit(meta['git']);
  }

  /** Each part that is there counts; a part that is not keeps what was. */
  #takeGit(git: Fields): void {
    const parts: [keyof GitInfoPatch, string | undefined][] = [
      ['commitHash', this.#text(git['commit_hash'])],
      ['branch', this.#text(git['branch'])],
      ['repositoryUrl', this.#text(git['repository_url'])],
    ];
    const found = parts.filter(([, value]) => value !== undefined);
    if (found.length > 0) this.patch.gitInfo = { ...this.patch.gitInfo, ...Object.fromEntries(found) };
  }

  #takeTurnContext(context: Fields): void {
    if (!this.seen.cwd) this.#setCwd(context['cwd']);
    this.#takeSettings(context, context['effort']);
    const sandbox = fittedJson(context['sandbox_policy'], this.#context.limits);
    if (sandbox !== undefined) this.patch.sandboxPolicy = sandbox;
  }

  #takeSettings(settings: Fields, effort: unknown): void {
    this.#set('model', settings['model']);
    this.patch.reasoningEffort = this.#text(effort) ?? null;
    const approval = fittedJson(settings['approval_policy'], this.#context.limits);
    if (approval !== undefined) this.patch.approvalMode = approval;
  }

  #takeEvent(event: Fields): void {
    switch (event['type']) {
      case 'user_message':
        this.relevant = true;
        return this.#takeUserMessage(
          event['message'],
          hasEntries(event['images']) || hasEntries(event['local_images']),
        );
      case 'item_completed':
        return this.#takeUserItem(event['item']);
      case 'token_count':
        return this.#takeTokenCount(event['info']);
      case 'thread_goal_updated':
        return this.#takeGoal(event['goal']);
      case 'thread_settings_applied':
        return this.#takeAppliedSettings(event['thread_settings']);
      case 'task_started':
      case 'turn_started':
        if (this.#context.now !== null) this.patch.advanceRecencyAt = this.#context.now;
        return;
      default:
    }
  }

  #takeTokenCount(info: unknown): void {
    this.relevant = true;
    const usage = isFields(info) ? tokenUsageOf(info['total_token_usage']) : null;
    if (usage !== null) this.patch.tokenUsage = usage;
  }

  #takeGoal(goal: unknown): void {
    this.relevant = true;
    const objective = isFields(goal) ? goal['objective'] : undefined;
    if (typeof objective === 'string') this.#setPreview(objective.trim());
  }

  #takeAppliedSettings(settings: unknown): void {
    if (!isFields(settings)) return;
    this.relevant = true;
    this.#setCwd(settings['cwd']);
    this.#set('modelProvider', settings['model_provider_id']);
    const mode = isFields(settings['collaboration_mode']) ? settings['collaboration_mode']['settings'] : undefined;
    this.#takeSettings(settings, settings['effort'] ?? (isFields(mode) ? mode['reasoning_effort'] : undefined));
  }

  #takeUserItem(item: unknown): void {
    if (!isFields(item) || item['type'] !== 'UserMessage' || !Array.isArray(item['content'])) return;
    this.relevant = true;
    const parts = (item['content'] as unknown[]).filter(isFields);
    const texts = parts.filter((part) => part['type'] === 'text' && typeof part['text'] === 'string');
    this.#takeUserMessage(texts.map((part) => part['text']).join('\n'), parts.length > texts.length);
  }

  #takeUserMessage(message: unknown, hasPictures: boolean): void {
    const said = typeof message === 'string' ? requestText(message).trim() : '';
    const shown = said === '' && hasPictures ? imageMark : said;
    if (shown !== '' && !this.seen.firstUserMessage) {
      this.#set('firstUserMessage', shown);
      this.seen = { ...this.seen, firstUserMessage: true };
    }
    this.#setPreview(shown);
    if (said === '' || this.seen.title) return;
    this.#set('title', said);
    this.seen = { ...this.seen, title: true };
  }

  #setPreview(text: string): void {
    if (text === '' || this.seen.preview) return;
    this.#set('preview', text);
    this.seen = { ...this.seen, preview: true };
  }

  #setCwd(cwd: unknown): void {
    if (!hasText(cwd)) return;
    this.#set('cwd', cwd);
    this.seen = { ...this.seen, cwd: true };
  }

  #set(field: TextField, value: unknown): void {
    const text = this.#text(value);
    if (text !== undefined) this.patch[field] = text;
  }

  /** Undefined for what is no text or an empty one. */
  #text(value: unknown): string | undefined {
    return hasText(value) ? fittedText(value, this.#context.limits.metadataValueBytesMax) : undefined;
  }
}

function hasEntries(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}

type TextField = 'modelProvider' | 'cliVersion' | 'cwd' | 'model' | 'firstUserMessage' | 'preview' | 'title';
