import type { TokenUsage } from '../thread.ts';
import { isFields, type Fields } from '../turn-index/event-fields.ts';
import type { TurnRecord } from '../turn-index/turn-record.ts';

/** What a thread has cost so far, as its last `token_count` with information says. */
export interface SessionTokenUsage {
  readonly usage: TokenUsage;
  /** Of the last request alone. */
  readonly last: TokenUsage | null;
  readonly modelContextWindow: number | null;
  /** The turn that was open when it was said, else the last one before. If that was rolled back, the one in its place, else the last that ended. */
  readonly turnId: string | null;
  readonly ordinal: bigint;
}

/** The counts of a `token_count`; `null` if any of them is missing. */
export function tokenUsageOf(counts: unknown): TokenUsage | null {
  if (!isFields(counts)) return null;
  const count = (field: string): number => {
    const value = counts[field];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN;
  };
  const usage: TokenUsage = {
    inputTokens: count('input_tokens'),
    cachedInputTokens: count('cached_input_tokens'),
    outputTokens: count('output_tokens'),
    reasoningOutputTokens: count('reasoning_output_tokens'),
    totalTokens: count('total_tokens'),
  };
  return Object.values(usage).includes(Number.NaN) ? null : usage;
}

interface TokenCount extends Omit<SessionTokenUsage, 'turnId'> {
  /** The first ordinal of its turn, and which of the visible turns it was. */
  readonly turn: bigint | null;
  readonly turnIndex: number;
}

/** Keeps the last count with information. A rollback does not take it back: what was spent stays spent. */
export class TokenCounts {
  #last: TokenCount | null = null;

  /** `turns` are those that are visible at the item. */
  take(ordinal: bigint, { type, payload }: Fields, turns: readonly TurnRecord[]): void {
    if (type !== 'event_msg' || !isFields(payload) || payload['type'] !== 'token_count') return;
    const { info } = payload;
    if (!isFields(info)) return;
    const usage = tokenUsageOf(info['total_token_usage']);
    if (usage === null) return;
    const window = info['model_context_window'];
    this.#last = {
      usage,
      last: tokenUsageOf(info['last_token_usage']),
      modelContextWindow: typeof window === 'number' ? window : null,
      ordinal,
      turnIndex: turns.length - 1,
      turn: turns.at(-1)?.firstOrdinal ?? null,
    };
  }

  /** `turns` are those that are visible at the end, `lastEnded` the last of them that completed or failed. */
  usage(turns: readonly TurnRecord[], lastEnded: TurnRecord | null): SessionTokenUsage | null {
    if (this.#last === null) return null;
    const { turn, turnIndex, ...counts } = this.#last;
    const same = turns.findLast(({ firstOrdinal }) => firstOrdinal === turn);
    return { ...counts, turnId: (same ?? turns[turnIndex] ?? lastEnded)?.turnId ?? null };
  }
}
