import type { Principal } from './principal.ts';

/** What credentials have proved, and for how long. */
export interface Proof {
  readonly principal: Principal;
  /** Whether it still holds at a time, in milliseconds since 1970. Asked again and again while a call of it is under way. */
  readonly holds: (now: number) => boolean;
}

/** Knows callers by their bearer tokens. */
export interface TokenVerifier {
  /**
   * What a token is known to prove without work that is worth mentioning. `null`: it is no good. `undefined`: that takes `verify`.
   */
  readonly look: (token: string) => Proof | null | undefined;
  /** Finds out what a token proves; `null`: nothing. Never says why, for that would help who guesses. */
  readonly verify: (token: string) => Promise<Proof | null>;
}
