import type { TurnError } from '../turns.ts';

/** Part of an item that was parsed. */
export type Fields = Readonly<Record<string, unknown>>;

const turnIdLength = 256;
const errorTextLength = 4_096;
const timeMax = 8_640_000_000_000_000;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function hasText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A text that every database can keep, of the same length. */
export function fitText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}

export function turnIdText(id: string): string {
  return fitText(id.slice(0, turnIdLength));
}

/** The id of a turn where it may be absent; undefined for what is no id. */
export function optionalTurnId(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? turnIdText(value) : undefined;
}

/** The whole millisecond of a time in seconds. */
export function eventTime(seconds: unknown): number | null {
  if (typeof seconds !== 'number') return null;
  const milliseconds = Math.round(seconds * 1_000);
  // Adding zero makes 0 of -0, which not every database has.
  return Math.abs(milliseconds) <= timeMax ? milliseconds + 0 : null;
}

export function eventDuration(milliseconds: unknown): number | null {
  if (typeof milliseconds !== 'number' || !Number.isFinite(milliseconds) || milliseconds < 0) return null;
  return milliseconds + 0;
}

export function turnError(value: Fields): TurnError | null {
  if (typeof value['message'] !== 'string') return null;
  const details = value['additional_details'];
  return {
    message: fitText(value['message'].slice(0, errorTextLength)),
    additionalDetails: typeof details === 'string' ? fitText(details.slice(0, errorTextLength)) : null,
  };
}
