import type { GitInfoPatch, Limits, SessionSource, ThreadId, ThreadMetadataPatch } from '@threadstore/core';
import { tokenUsageOf } from '@threadstore/core/internal';
import { arrayMember, asObject, member, objectMember, textMember, type JsonObject } from './json-members.ts';
import { jsonMetadata, rolloutTime, storedText } from './stored-text.ts';
import { threadIdOf } from './thread-id-of.ts';

/** What a rollout says about its thread. */
export interface RolloutMetadata {
  readonly forkedFromId: string | null;
  readonly parentThreadId: string | null;
  readonly sessionId: string | null;
  readonly originator: string | null;
  readonly patch: ThreadMetadataPatch;
}

type Draft = { -readonly [K in keyof ThreadMetadataPatch]: ThreadMetadataPatch[K] };

// Codex puts the editor's context before this mark, and what the person wrote after it.
const requestMark = '## My request for Codex:';

/**
 * Gathers a thread's metadata from the lines of its rollout, one after the other, the way Codex does: its own `session_meta`
 * lines tell who and where (those of another thread were copied by a fork and say nothing), `turn_context` the model and the
 * policies, user messages the preview and the title, `token_count` the running total, and the last line the time.
 */
export class RolloutMetadataReader {
  readonly #threadId: ThreadId;
  readonly #limits: Limits;
  readonly #draft: Draft = {};
  #git: GitInfoPatch | undefined;
  #identity: Omit<RolloutMetadata, 'patch'> = {
    forkedFromId: null,
    parentThreadId: null,
    sessionId: null,
    originator: null,
  };
  #hasIdentity = false;

  constructor(threadId: ThreadId, limits: Limits) {
    this.#threadId = threadId;
    this.#limits = limits;
  }

  /** Looks at the next line, as parsed. */
  observe(line: JsonObject): void {
    const time = rolloutTime(textMember(line, 'timestamp'));
    if (time !== undefined) {
      this.#draft.createdAt ??= time;
      this.#draft.updatedAt = time;
      this.#draft.advanceRecencyAt = time;
    }
    const payload = objectMember(line, 'payload');
    switch (textMember(line, 'type')) {
      case 'session_meta':
        if (textMember(payload, 'id')?.toLowerCase() === this.#threadId) this.#observeSessionMeta(payload);
        break;
      case 'turn_context':
        this.#observeTurnContext(payload);
        break;
      case 'event_msg':
        this.#observeEvent(payload);
        break;
      default:
    }
  }

  result(): RolloutMetadata {
    return { ...this.#identity, patch: this.#git === undefined ? this.#draft : { ...this.#draft, gitInfo: this.#git } };
  }

  #observeSessionMeta(meta: JsonObject | undefined): void {
    const source = this.#source(member(meta, 'source'));
    const spawn = objectMember(objectMember(asObject(source), 'subagent'), 'thread_spawn');
    if (!this.#hasIdentity) {
      this.#hasIdentity = true;
      this.#identity = {
        forkedFromId: threadIdOf(textMember(meta, 'forked_from_id')),
        parentThreadId: threadIdOf(textMember(meta, 'parent_thread_id') ?? textMember(spawn, 'parent_thread_id')),
        sessionId: this.#text(textMember(meta, 'session_id')) ?? null,
        originator: this.#text(textMember(meta, 'originator')) ?? null,
      };
      const createdAt = rolloutTime(textMember(meta, 'timestamp'));
      if (createdAt !== undefined) this.#draft.createdAt = createdAt;
    }
    this.#draft.source = source;
    this.#set('threadSource', textMember(meta, 'thread_source'));
    this.#set('agentNickname', textMember(meta, 'agent_nickname') ?? textMember(spawn, 'agent_nickname'));
    const role = textMember(meta, 'agent_role') ?? textMember(meta, 'agent_type');
    this.#set('agentRole', role ?? textMember(spawn, 'agent_role'));
    this.#set('agentPath', textMember(meta, 'agent_path') ?? textMember(spawn, 'agent_path'));
    this.#set('modelProvider', textMember(meta, 'model_provider'));
    this.#set('cliVersion', textMember(meta, 'cli_version'));
    this.#set('cwd', textMember(meta, 'cwd'));
    const memoryMode = textMember(meta, 'memory_mode');
    if (memoryMode === 'enabled' || memoryMode === 'disabled') this.#draft.memoryMode = memoryMode;
    this.#observeGit(objectMember(meta, 'git'));
  }

  /** Each part that is there counts; a part that is not keeps what was. */
  #observeGit(git: JsonObject | undefined): void {
    const commitHash = this.#text(textMember(git, 'commit_hash'));
    const branch = this.#text(textMember(git, 'branch'));
    const repositoryUrl = this.#text(textMember(git, 'repository_url'));
    if (commitHash === undefined && branch === undefined && repositoryUrl === undefined) return;
    this.#git = {
      ...this.#git,
      ...(commitHash === undefined ? {} : { commitHash }),
      ...(branch === undefined ? {} : { branch }),
      ...(repositoryUrl === undefined ? {} : { repositoryUrl }),
    };
  }

  #observeTurnContext(context: JsonObject | undefined): void {
    if (this.#draft.cwd === undefined) this.#set('cwd', textMember(context, 'cwd'));
    this.#set('model', textMember(context, 'model'));
    this.#set('reasoningEffort', textMember(context, 'effort'));
    const approvalMode = jsonMetadata(member(context, 'approval_policy'), this.#limits);
    if (approvalMode !== undefined) this.#draft.approvalMode = approvalMode;
    const sandboxPolicy = jsonMetadata(member(context, 'sandbox_policy'), this.#limits);
    if (sandboxPolicy !== undefined) this.#draft.sandboxPolicy = sandboxPolicy;
  }

  #observeEvent(event: JsonObject | undefined): void {
    switch (textMember(event, 'type')) {
      case 'user_message': {
        const images = [...arrayMember(event, 'images'), ...arrayMember(event, 'local_images')];
        this.#observeUserMessage(textMember(event, 'message') ?? '', images.length > 0);
        break;
      }
      case 'item_completed': {
        const item = objectMember(event, 'item');
        if (textMember(item, 'type') === 'UserMessage') this.#observeUserItem(item);
        break;
      }
      case 'token_count': {
        const usage = tokenUsageOf(objectMember(objectMember(event, 'info'), 'total_token_usage'));
        if (usage !== null) this.#draft.tokenUsage = usage;
        break;
      }
      case 'thread_name_updated': {
        const name = textMember(event, 'thread_name');
        if (name !== undefined && name !== '') this.#draft.name = storedText(name, this.#limits.nameBytesMax);
        break;
      }
      default:
    }
  }

  #observeUserItem(item: JsonObject | undefined): void {
    const parts = arrayMember(item, 'content').map((part) => asObject(part));
    const text = parts
      .filter((part) => textMember(part, 'type') === 'text')
      .map((part) => textMember(part, 'text') ?? '');
    this.#observeUserMessage(text.join('\n'), parts.length > text.length);
  }

  #observeUserMessage(message: string, hasImages: boolean): void {
    const at = message.indexOf(requestMark);
    const said = (at === -1 ? message : message.slice(at + requestMark.length)).trim();
    const shown = said === '' && hasImages ? '[Image]' : said;
    if (shown !== '' && this.#draft.firstUserMessage === undefined) {
      this.#set('firstUserMessage', shown);
      this.#set('preview', shown);
    }
    if (this.#draft.title === undefined) this.#set('title', said);
  }

  /** Codex writes no source for sessions of its editor extension's first versions. */
  #source(source: unknown): SessionSource {
    if (typeof source === 'string' && source !== '' && !source.startsWith('{')) return this.#text(source) ?? 'unknown';
    const value = jsonMetadata(source, this.#limits);
    const structured = asObject(value);
    if (structured !== undefined) return structured as SessionSource;
    return source === undefined ? 'vscode' : 'unknown';
  }

  #set(field: TextField, text: string | undefined): void {
    const stored = this.#text(text);
    if (stored !== undefined) this.#draft[field] = stored;
  }

  #text(text: string | undefined): string | undefined {
    return text === undefined || text === '' ? undefined : storedText(text, this.#limits.metadataValueBytesMax);
  }
}

type TextField =
  | 'threadSource'
  | 'agentNickname'
  | 'agentRole'
  | 'agentPath'
  | 'modelProvider'
  | 'cliVersion'
  | 'cwd'
  | 'model'
  | 'reasoningEffort'
  | 'firstUserMessage'
  | 'preview'
  | 'title';
