import type { CallOutcome, Notification } from './app-server.ts';

/** What a run of the script saw, without what differs from run to run. */
export interface Transcript {
  /** The outcome of each step, by the name of the step, in their order. */
  readonly steps: Readonly<Record<string, unknown>>;
  /** What servers told unasked, by server, method and thread, in their order. More of an order is nobody's promise. */
  readonly notifications: Readonly<Record<string, readonly unknown[]>>;
}

/** Notifications that tell of a thread and what it holds. */
const notificationsThatMatter: readonly string[] = [
  'error',
  'item/completed',
  'thread/archived',
  'thread/closed',
  'thread/compacted',
  'thread/name/updated',
  'thread/started',
  'thread/tokenUsage/updated',
  'thread/unarchived',
  'turn/completed',
  'turn/started',
];

const timeMembers: ReadonlySet<string> = new Set([
  'createdAt',
  'updatedAt',
  'startedAt',
  'completedAt',
  'startedAtMs',
  'completedAtMs',
  'durationMs',
]);
const cursorMembers: ReadonlySet<string> = new Set(['nextCursor', 'backwardsCursor']);
const writtenTime = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The id of the turn that a notification says was interrupted. */
function interruptedTurn({ method, params }: Notification): string | undefined {
  const turn = method === 'turn/completed' ? (params['turn'] as { id: string; status: string } | undefined) : undefined;
  return turn?.status === 'interrupted' ? turn.id : undefined;
}

/** Writes a transcript: puts names in the place of ids, folders, times and cursors. */
export class TranscriptWriter {
  readonly #steps: Record<string, unknown> = {};
  readonly #notifications: Record<string, unknown[]> = {};
  readonly #names = new Map<string, string>();
  readonly #folder: string;
  #unnamed = 0;

  /** `folder` is the one that differs between two runs. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What an id is called wherever it appears from now on. The first name counts. */
  name(id: string, name: string): void {
    if (!this.#names.has(id)) this.#names.set(id, `<${name}>`);
  }

  step(name: string, outcome: CallOutcome | { readonly skipped: string }): void {
    if (name in this.#steps) throw new Error(`script: two steps are called ${name}`);
    this.#steps[name] = this.#normal(outcome);
  }

  notifications(server: string, told: readonly Notification[]): void {
    const interrupted: ReadonlySet<unknown> = new Set(told.flatMap((one) => interruptedTurn(one) ?? []));
    for (const { method, params } of told) {
      if (!notificationsThatMatter.includes(method)) continue;
      // Codex gives a turn that is interrupted 100 ms to tell of its tokens, which are enough where the machine has nothing else to do.
      if (method === 'thread/tokenUsage/updated' && interrupted.has(params['turnId'])) continue;
      const { threadId = (params['thread'] as { readonly id?: unknown } | undefined)?.id } = params;
      const thread = typeof threadId === 'string' ? this.#normalText(threadId) : 'no thread';
      (this.#notifications[`${server}: ${method} of ${thread}`] ??= []).push(this.#normal(params));
    }
  }

  transcript(): Transcript {
    return { steps: this.#steps, notifications: this.#notifications };
  }

  #normal(value: unknown): unknown {
    if (typeof value === 'string') return this.#normalText(value);
    if (Array.isArray(value)) return value.map((element) => this.#normal(element));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([member, content]) => [member, this.#normalMember(member, content, value)]),
    );
  }

  #normalMember(member: string, content: unknown, owner: object): unknown {
    if (timeMembers.has(member) && typeof content === 'number') {
      const { createdAt } = owner as { readonly createdAt?: unknown };
      return member === 'updatedAt' && typeof createdAt === 'number' && content < createdAt
        ? '<time before createdAt>'
        : '<time>';
    }
    if (cursorMembers.has(member) && typeof content === 'string') return '<cursor>';
    if (member === 'processId' && typeof content === 'string') return '<process>';
    return this.#normal(content);
  }

  #normalText(text: string): string {
    const named = text.replaceAll(this.#folder, '<folder>').replaceAll(uuid, (id) => this.#nameOf(id));
    // The name of a file of Codex' own store, with the wall time of its making.
    const files = /<folder>\/state\/(sessions|archived_sessions)\/\S*?rollout-[\dT-]*(<[^>]+>)\.jsonl/g;
    return named.replace(files, '<$1 $2>').replaceAll(writtenTime, '<time>');
  }

  #nameOf(id: string): string {
    const known = this.#names.get(id);
    if (known !== undefined) return known;
    this.#unnamed += 1;
    const name = `<id ${this.#unnamed}>`;
    this.#names.set(id, name);
    return name;
  }
}
