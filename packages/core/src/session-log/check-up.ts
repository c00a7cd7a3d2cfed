import { isFields, type Fields } from '../turn-index/event-fields.ts';
import { itemFacts } from '../turn-index/item-facts.ts';
import type { TurnRecord } from '../turn-index/turn-record.ts';
import type { TurnStatus } from '../turns.ts';
import { TokenCounts, type SessionTokenUsage } from './token-usage.ts';
import { ToolCalls, type OpenToolCall } from './tool-calls.ts';
import { TurnReading, type ActiveTurn } from './turn-reading.ts';

/** A turn as `listTurns` shows it. */
export interface TurnRef {
  readonly turnId: string;
  readonly firstOrdinal: bigint;
  readonly status: TurnStatus;
}

/** A turn that was opened and neither completed nor aborted. */
export interface InterruptedTurn extends Omit<TurnRef, 'turnId'> {
  /** `null` where all that there is of it is a message of the user, which stands in no turn that is open. */
  readonly turnId: string | null;
}

/** How a thread was left. */
export interface SessionState {
  /** The ordinal after the last item. */
  readonly nextOrdinal: bigint;
  /** The latest turn that completed or failed. */
  readonly lastCompleteTurn: TurnRef | null;
  /** The turn that was under way. An interrupted one is not, though it stays open in `listTurns`. */
  readonly interruptedTurn: InterruptedTurn | null;
  /** The calls of tools that have no output, in order; those without an id only while a turn is under way. */
  readonly openToolCalls: readonly OpenToolCall[];
  readonly tokenUsage: SessionTokenUsage | null;
}

/**
 * Reads a thread once, batch by batch, to find out how it was left. What it keeps does not grow with the items: a small record of each turn
 * and the ordinal of each user message that are visible (a rollback may reach back to any of them), the open calls, one token count.
 */
export class SessionReading {
  readonly #turns = new TurnReading();
  readonly #calls = new ToolCalls();
  readonly #counts = new TokenCounts();
  #nextOrdinal = 0n;

  /** The JSON texts of the next items, of which the first has this ordinal. */
  take(firstOrdinal: bigint, items: readonly string[]): void {
    for (const [index, text] of items.entries()) this.#takeText(firstOrdinal + BigInt(index), text);
    this.#nextOrdinal = firstOrdinal + BigInt(items.length);
  }

  state(): SessionState {
    const { turns } = this.#turns;
    const active = this.#turns.active();
    const lastEnded =
      turns.findLast((turn) => hasEnded(turn) && turn.firstOrdinal !== active?.turn?.firstOrdinal) ?? null;
    return {
      nextOrdinal: this.#nextOrdinal,
      lastCompleteTurn: lastEnded && turnRef(lastEnded),
      interruptedTurn: active && interruptedTurn(active),
      openToolCalls: this.#calls.open.filter(({ callId }) => callId !== null || active !== null),
      tokenUsage: this.#counts.usage(turns, lastEnded),
    };
  }

  #takeText(ordinal: bigint, text: string): void {
    if (!textsThatMatter.some((part) => text.includes(part))) return;
    const item: unknown = JSON.parse(text);
    if (isFields(item)) this.#takeItem(ordinal, item);
  }

  #takeItem(ordinal: bigint, item: Fields): void {
    const event = itemFacts(item)?.event ?? null;
    const hiddenFrom = this.#turns.take(ordinal, item, event);
    if (event !== null) this.#calls.takeEvent(event, hiddenFrom);
    this.#calls.take(ordinal, item, this.#turns.open?.turnId ?? null);
    this.#counts.take(ordinal, item, this.#turns.turns);
  }
}

/**
 * Of events, compactions, messages of the role user, calls and outputs; what the agent said and thought is most of a thread, and not parsed.
 * An escape may stand for any character of these.
 */
const textsThatMatter = [
  'event_msg',
  'compacted',
  '"user"',
  'function_call',
  'custom_tool_call',
  'local_shell_call',
  'tool_search',
  '\\u',
];

function hasEnded({ status }: TurnRecord): boolean {
  return status === 'completed' || status === 'failed';
}

function turnRef({ turnId, firstOrdinal, status }: TurnRecord): TurnRef {
  return { turnId, firstOrdinal, status };
}

function interruptedTurn({ turn, opensAt }: ActiveTurn): InterruptedTurn {
  return turn === null ? { turnId: null, firstOrdinal: opensAt, status: 'inProgress' } : turnRef(turn);
}
