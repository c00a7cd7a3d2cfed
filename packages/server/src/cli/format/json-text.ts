/**
 * A value as JSON on one line, for programs. Times are RFC 3339. Whole numbers beyond what a double holds exactly
 * (2^53 - 1) are strings; the others are numbers.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member !== 'bigint') return member;
    return member <= BigInt(Number.MAX_SAFE_INTEGER) && member >= BigInt(Number.MIN_SAFE_INTEGER)
      ? Number(member)
      : String(member);
  });
}
