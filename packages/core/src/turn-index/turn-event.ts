import type { TurnError } from '../turns.ts';

/** What an item means to turns. Times in milliseconds since 1970. */
export type TurnEvent =
  | { readonly kind: 'started'; readonly turnId: string; readonly startedAt: number | null }
  | { readonly kind: 'userMessage'; readonly turnId: string | null }
  | {
      readonly kind: 'agentMessage';
      readonly phase: 'final' | 'unmarked' | 'commentary';
      /** Where the item names its turn; if that is unknown, the message opens it. */
      readonly turnId: string | null;
    }
  /** Anything else that a session shows; `turnId` where the item names its turn, and then it opens none. */
  | { readonly kind: 'shown'; readonly turnId: string | null }
  | { readonly kind: 'compacted' }
  | { readonly kind: 'failed'; readonly error: TurnError }
  | {
      readonly kind: 'aborted';
      readonly turnId: string | null;
      readonly completedAt: number | null;
      readonly durationMs: number | null;
    }
  | {
      readonly kind: 'completed';
      readonly turnId: string | null;
      readonly completedAt: number | null;
      readonly durationMs: number | null;
      readonly error: TurnError | null;
    }
  | { readonly kind: 'rolledBack'; readonly turns: number };
