import { waitFor } from '@threadstore/testkit';
import { AppServer, type Notification } from '../support/app-server.ts';
import type { CodexHome } from '../support/codex-home.ts';
import type { ScriptedModel } from '../support/scripted-model.ts';
import { type Transcript, TranscriptWriter } from '../support/transcript.ts';

/** A thread of the script; without an id where Codex would not make it. */
export interface ScriptThread {
  readonly name: string;
  readonly id: string | undefined;
}

/** What a call makes, and its name from then on. */
interface Made {
  readonly what: 'thread' | 'turn';
  readonly name: string;
}

interface Page {
  readonly data: readonly unknown[];
  readonly nextCursor: string | null;
}

const pagesMax = 30;

/** Plays the script: makes calls, waits for what they lead to, and writes down how each came out. */
export class Actor {
  readonly home: CodexHome;
  readonly model: ScriptedModel;
  readonly #writer: TranscriptWriter;
  #server: AppServer | undefined;

  constructor(home: CodexHome, model: ScriptedModel) {
    this.home = home;
    this.model = model;
    this.#writer = new TranscriptWriter(home.folder);
  }

  /** Has an app-server start, play its part, and end. */
  async serving(name: string, part: () => Promise<void>): Promise<void> {
    await using process = await AppServer.start(this.home);
    this.#server = process;
    await part();
    await process.stop();
    this.#writer.notifications(name, process.notifications);
  }

  /** Makes a call and writes its outcome down as a step; resolves with the result, or undefined if it failed. */
  async call(step: string, method: string, params: object, makes?: Made): Promise<unknown> {
    const outcome = await this.#running.call(method, params);
    const made = 'result' in outcome && makes !== undefined ? idOf(outcome.result, makes.what) : undefined;
    if (made !== undefined && makes !== undefined) this.#writer.name(made, makes.name);
    this.#writer.step(step, outcome);
    return 'result' in outcome ? outcome.result : undefined;
  }

  /** A call on a thread. Where there is no thread the step is written down as skipped. */
  async on(step: string, thread: ScriptThread, method: string, params: object = {}, makes?: Made): Promise<unknown> {
    if (thread.id !== undefined) return this.call(step, method, { threadId: thread.id, ...params }, makes);
    this.#writer.step(step, { skipped: `there is no thread ${thread.name}` });
    return undefined;
  }

  async startThread(name: string, params: object): Promise<ScriptThread> {
    const defaults = { experimentalRawEvents: false, persistExtendedHistory: false };
    const made = { what: 'thread', name } as const;
    const answer = await this.call(`make ${name}`, 'thread/start', { ...defaults, ...params }, made);
    return { name, id: idOf(answer, 'thread') };
  }

  async forkThread(name: string, source: ScriptThread, params: object = {}): Promise<ScriptThread> {
    const made = { what: 'thread', name } as const;
    const answer = await this.on(
      `make ${name}`,
      source,
      'thread/fork',
      { persistExtendedHistory: false, ...params },
      made,
    );
    return { name, id: idOf(answer, 'thread') };
  }

  /** Starts a turn and resolves when it has ended. */
  async turn(step: string, thread: ScriptThread, text: string): Promise<void> {
    const turnId = await this.startTurn(step, thread, text);
    if (turnId !== undefined) await this.turnEnd(step, turnId);
  }

  /** Starts a turn and resolves when its answer has come, and then, if turns end, when it has ended. */
  async turnSaid(step: string, thread: ScriptThread, text: string, turnsEnd: boolean): Promise<void> {
    const turnId = await this.startTurn(step, thread, text);
    if (turnId === undefined) return;
    await this.#running.told(`the answer of ${step}`, ({ method, params }) => {
      const item = params['item'] as { readonly type?: string } | undefined;
      return (method === 'item/completed' && params['turnId'] === turnId && item?.type === 'agentMessage') || undefined;
    });
    if (turnsEnd) await this.turnEnd(step, turnId);
  }

  async startTurn(step: string, thread: ScriptThread, text: string): Promise<string | undefined> {
    const input = [{ type: 'text', text, text_elements: [] }];
    const answer = await this.on(step, thread, 'turn/start', { input }, { what: 'turn', name: `turn ${step}` });
    return idOf(answer, 'turn');
  }

  async turnEnd(step: string, turnId: string): Promise<void> {
    await this.#turnEnd(step, (id) => id === turnId);
  }

  /** Makes a call that has Codex take a turn by itself, and resolves when that has ended. */
  async turnByItself(step: string, thread: ScriptThread, method: string): Promise<void> {
    const before = new Set(this.#running.notifications.flatMap((told) => turnEnded(told) ?? []));
    if ((await this.on(step, thread, method)) === undefined) return;
    this.#writer.name(await this.#turnEnd(step, (id) => !before.has(id)), `turn ${step}`);
  }

  async #turnEnd(step: string, isIt: (turnId: string) => boolean): Promise<string> {
    return this.#running.told(`the end of ${step}`, (notification) => {
      const turnId = turnEnded(notification);
      return turnId !== undefined && isIt(turnId) ? turnId : undefined;
    });
  }

  /** Pages through a list to its end, each page a step. */
  async pages(step: string, method: string, params: object): Promise<void> {
    let cursor: string | null = null;
    for (let number = 1; number <= pagesMax; number += 1) {
      const page = (await this.call(`${step}, page ${number}`, method, { ...params, cursor })) as Page | undefined;
      cursor = page?.nextCursor ?? null;
      if (cursor === null) return;
    }
    throw new Error(`script: ${step} has no end after ${pagesMax} pages`);
  }

  /** Runs `codex exec` to its end, and writes down what it printed. Resolves with the thread that it was at. */
  async exec(name: string, ...args: readonly string[]): Promise<ScriptThread> {
    await using exec = await this.home.start(['exec', '--json', '--skip-git-repo-check', ...args]);
    const { code } = await exec.ended;
    const events = exec
      .stdout()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { readonly thread_id?: string });
    const id = events.find(({ thread_id }) => thread_id !== undefined)?.thread_id;
    if (id !== undefined) this.#writer.name(id, name);
    this.#writer.step(`make ${name}`, { result: { code, events } });
    return { name, id };
  }

  transcript(): Transcript {
    return this.#writer.transcript();
  }

  get #running(): AppServer {
    if (this.#server === undefined) throw new Error('script: no app-server was started');
    return this.#server;
  }
}

/** The id of the thread or the turn that an answer or a notification tells of. */
function idOf(told: unknown, what: Made['what']): string | undefined {
  return (told as { readonly [member in Made['what']]?: { readonly id: string } } | undefined)?.[what]?.id;
}

function turnEnded({ method, params }: Notification): string | undefined {
  return method === 'turn/completed' ? idOf(params, 'turn') : undefined;
}

/**
 * Resolves in another second than it was called in. Codex' own store pages by whole seconds and loses threads that share one, so
 * the script gives each thread a second of its own whenever it turns to another one; that ours loses none then either is tested apart.
 */
export async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1_000);
  await waitFor(() => Math.floor(Date.now() / 1_000) > second, { what: 'the next second' });
}
