import {
  aborted,
  agentSays,
  compacted,
  completed,
  failed,
  rolledBack,
  started,
  tokenCount,
  toolEnds,
  userSays,
} from '../support/events.ts';
import type { Command } from './command.ts';

/** What programs append. Few ids, so that turns meet. */
const eventKinds: readonly string[] = [
  started('a'),
  started('b'),
  completed('a'),
  completed('b'),
  aborted('a'),
  userSays('q'),
  userSays('r'),
  agentSays('1'),
  agentSays('2', 'final_answer'),
  agentSays('3', 'commentary'),
  toolEnds('a'),
  toolEnds('b'),
  compacted(),
  failed('x'),
  rolledBack(1),
  rolledBack(2),
  tokenCount(),
];

/** How many choices of items there are for a batch of up to three. */
export const flavours = eventKinds.length ** 3;

/** The flavour of a batch that starts one turn and then another. */
export const twoTurns = eventKinds.length;

/** The n-th item of a batch of this flavour, told apart from all others by its tag. */
export function flavoured(flavour: number, n: number, tag: string): string {
  const kind = eventKinds[Math.floor(flavour / eventKinds.length ** n) % eventKinds.length] ?? tokenCount();
  return JSON.stringify({ ...(JSON.parse(kind) as object), tag });
}

/** Of the kinds above. */
export function isUserMessage(text: string): boolean {
  return (JSON.parse(text) as { payload?: { type?: string } }).payload?.type === 'user_message';
}

interface ModelTurn {
  readonly id: string;
  readonly first: number;
  readonly explicit: boolean;
  status: 'completed' | 'interrupted' | 'failed' | 'inProgress';
  /** Whether it holds more than a compaction. */
  shows: boolean;
  user: number | null;
  final: number | null;
  unmarked: number | null;
}

/** The turns of a thread as they come about, item by item, and the turn that each item belongs to. */
class ModelTurns {
  readonly turns: ModelTurn[] = [];
  readonly owners: (ModelTurn | null)[] = [];
  readonly hidden = new Set<number>();
  open: ModelTurn | null = null;

  take(text: string): void {
    const { type, payload } = JSON.parse(text) as { type: string; payload: Record<string, unknown> };
    this.owners.push(this.#ownerOf(type === 'event_msg' ? String(payload['type']) : type, payload, this.owners.length));
  }

  #ownerOf(event: string, payload: Record<string, unknown>, at: number): ModelTurn | null {
    const named = this.#named(payload['turn_id']);
    switch (event) {
      case 'task_started':
        this.open = this.#turn(String(payload['turn_id']), at, true);
        return this.open;
      case 'user_message': {
        if (this.open?.explicit === false && this.open.shows) this.open = null;
        const turn = this.#shown(at);
        turn.user ??= at;
        return turn;
      }
      case 'agent_message': {
        const turn = this.#shown(at);
        if (payload['phase'] === null) turn.unmarked = at;
        if (payload['phase'] === 'final_answer') turn.final = at;
        return turn;
      }
      case 'exec_command_end':
        if (named !== null && named === this.open) named.shows = true;
        return named ?? this.open;
      case 'compacted':
        return this.#ensured(at);
      case 'error':
        if (this.open !== null) this.open.status = 'failed';
        return this.open;
      case 'turn_aborted': {
        const turn = named ?? this.open;
        if (turn !== null) turn.status = 'interrupted';
        return turn;
      }
      case 'task_complete': {
        const turn = named ?? this.open;
        if (turn?.status === 'inProgress') turn.status = 'completed';
        if (turn === this.open) this.open = null;
        return turn;
      }
      case 'thread_rolled_back':
        this.open = null;
        this.#rollBack(Number(payload['num_turns']), at);
        return null;
      default:
        return this.open;
    }
  }

  #named(id: unknown): ModelTurn | null {
    if (this.open?.id === id) return this.open;
    return this.turns.findLast((turn) => turn.id === id) ?? null;
  }

  #turn(id: string, first: number, explicit: boolean): ModelTurn {
    const status = explicit ? 'inProgress' : 'completed';
    const turn: ModelTurn = { id, first, explicit, status, shows: false, user: null, final: null, unmarked: null };
    this.turns.push(turn);
    return turn;
  }

  #ensured(at: number): ModelTurn {
    this.open ??= this.#turn(`rollout-${at}`, at, false);
    return this.open;
  }

  #shown(at: number): ModelTurn {
    const turn = this.#ensured(at);
    turn.shows = true;
    return turn;
  }

  #rollBack(count: number, marker: number): void {
    const [from] = this.turns.splice(Math.max(this.turns.length - count, 0));
    for (let n = from?.first ?? marker; n < marker; n += 1) this.hidden.add(n);
  }

  ordinalsOf(turn: ModelTurn): number[] {
    return this.owners.flatMap((owner, n) => (owner === turn && !this.hidden.has(n) ? [n] : []));
  }

  summaryOf(turn: ModelTurn): number[] {
    const hasEnded = turn.status !== 'inProgress' || turn !== this.open;
    const answer = turn.final ?? (hasEnded ? turn.unmarked : null);
    return [turn.user, answer].filter((at) => at !== null).toSorted((one, other) => one - other);
  }
}

function turnsOf(texts: readonly string[]): ModelTurns {
  const state = new ModelTurns();
  for (const text of texts) state.take(text);
  return state;
}

function inOrder<Entry>(entries: readonly Entry[], { direction }: { readonly direction: string }): readonly Entry[] {
  return direction === 'asc' ? entries : entries.toReversed();
}

/** What a walk through the turns of a thread shows. */
export function shownTurns(texts: readonly string[], command: Command & { op: 'turns' }): unknown {
  const state = turnsOf(texts);
  const views = {
    notLoaded: (): number[] => [],
    summary: (turn: ModelTurn) => state.summaryOf(turn),
    full: (turn: ModelTurn) => state.ordinalsOf(turn),
  };
  const shown = state.turns.map((turn) => ({
    id: turn.id,
    first: turn.first,
    status: turn.status,
    items: views[command.view](turn),
  }));
  return inOrder(shown, command);
}

/** What a walk through the items of a thread, or of a turn, shows. */
export function shownItems(texts: readonly string[], command: Command & { op: 'items' }): unknown {
  const state = turnsOf(texts);
  const turn = state.turns.findLast(({ id }) => id === command.turnId);
  const all = texts.map((json, ordinal) => ({ ordinal, turnId: state.owners[ordinal]?.id ?? null, json }));
  const visible = all.filter(({ ordinal }) => !state.hidden.has(ordinal));
  const ofTurn = turn === undefined ? [] : state.ordinalsOf(turn);
  return inOrder(
    command.turnId === null ? visible : visible.filter(({ ordinal }) => ofTurn.includes(ordinal)),
    command,
  );
}
