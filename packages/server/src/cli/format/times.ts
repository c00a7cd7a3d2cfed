/** A time for people, in UTC and to the second: `2026-01-31 23:59:59`. */
export function timeText(time: Date): string {
  return time.toISOString().slice(0, 19).replace('T', ' ');
}
