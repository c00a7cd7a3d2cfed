import type { SortDirection } from './listing.ts';

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const fileTime = /^(\d{4})-(\d\d)-(\d\d)T(\d\d)-(\d\d)-(\d\d)$/;

/**
 * The millisecond that stands for a time, or null for what is no time. Threads have times of whole milliseconds: what is
 * strictly after 0.1234 s is after 0.123 s, and what is strictly before it is before 0.124 s.
 */
export function parseTimeCursor(cursor: string, direction: SortDirection): Date | null {
  const match = rfc3339.exec(cursor) ?? fileTime.exec(cursor);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [, , , , , , , fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = match;
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  // A day that the month does not have would move on to the next month.
  const dayExists = time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
  // RFC 3339 has leap seconds: :60 counts as the second after.
  if (!dayExists || hour > 23 || minute > 59 || second > 60) return null;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return null;
  const milliseconds = Number(fraction.slice(0, 3).padEnd(3, '0'));
  const isBetween = /[1-9]/.test(fraction.slice(3));
  time.setUTCHours(hour, minute, second, milliseconds + (isBetween && direction === 'desc' ? 1 : 0));
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return new Date(time.getTime() + (sign === '-' ? offset : -offset));
}
