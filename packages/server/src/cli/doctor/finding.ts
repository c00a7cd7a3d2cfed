/** What a check found: that all is well, what may turn out badly, or what does not work. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'wrong';
  /** What was seen, on one line. */
  readonly seen: string;
  /** What to do about it. */
  readonly advice?: string;
}

export function ok(check: string, seen: string): Finding {
  return { check, verdict: 'ok', seen };
}

export function warning(check: string, seen: string, advice: string): Finding {
  return { check, verdict: 'warning', seen, advice };
}

export function wrong(check: string, seen: string, advice: string): Finding {
  return { check, verdict: 'wrong', seen, advice };
}
