import { checkTenant } from '@threadstore/core/internal';

/** Readers of the texts of settings. Each throws an `Error` that says what was expected and, unless it is a secret, what was got. */

const KiB = 1024;
const byteUnits: Readonly<Record<string, number>> = { '': 1, k: KiB, kib: KiB, m: KiB * KiB, mib: KiB * KiB };

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, `[v6]:port` or `:port`, which is any address. Port 0 is any free one. */
export function hostAndPort(text: string): HostAndPort {
  const match = /^(?:\[([^\]]+)\]|([^:[\]/@\s]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) throw new Error(`expected host:port (got ${quoted(text)})`);
  return { host: match[1] ?? match[2] ?? '', port };
}

/** As `hostAndPort`, for something to connect to, perhaps with `https://` before it; several with commas between them. */
export function endpoints(text: string): string {
  for (const one of splitEndpoints(text)) {
    const { host, port } = hostAndPort(one.replace(/^(https?|grpcs?):\/\//, ''));
    if (host === '' || port === 0) throw new Error(`expected host:port (got ${quoted(one)})`);
  }
  return text;
}

export function splitEndpoints(text: string): readonly string[] {
  return text.split(',').map((one) => one.trim());
}

export function directory(text: string): string {
  if (text === '' || text.includes('\0')) throw new Error(`expected a directory (got ${quoted(text)})`);
  return text;
}

export function tenant(text: string): string {
  try {
    return checkTenant(text);
  } catch (error) {
    throw new Error(error instanceof Error ? error.message.replace(/^tenant: /, '') : 'is no tenant', { cause: error });
  }
}

export function file(text: string): string {
  if (text === '' || text.includes('\0')) throw new Error(`expected a file (got ${quoted(text)})`);
  return text;
}

/** Never says what it got: a database URL holds a password. */
export function databaseUrl(text: string): string {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Error('expected a URL such as postgres://user:password@host:5432/database');
  }
  return text;
}

export function toggle(text: string): boolean {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
    case 'yes':
    case 'on':
      return true;
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return false;
    default:
      throw new Error(`expected true or false (got ${quoted(text)})`);
  }
}

export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return withinRange(value, text, { min, max, what: 'a whole number', shown: String });
  };
}

/** A number of bytes, with the units KiB and MiB (or K and M). */
export function bytes(min: number, max: number): (text: string) => number {
  return (text) => {
    const match = /^(\d{1,15})\s?([a-z]{0,3})$/i.exec(text);
    const unit = byteUnits[match?.[2]?.toLowerCase() ?? ''];
    const value = match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit;
    return withinRange(value, text, { min, max, what: 'bytes', shown: bytesText });
  };
}

/** A number of bytes, in the largest unit that says it exactly. */
export function bytesText(value: number): string {
  if (value % (KiB * KiB) === 0) return `${value / (KiB * KiB)}MiB`;
  return value % KiB === 0 ? `${value / KiB}KiB` : String(value);
}

export function oneOf<const T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new Error(`expected ${choices.join(', ')} (got ${quoted(text)})`);
    return found;
  };
}

/** The texts of a repeated flag. */
export function list(_text: string, all: readonly string[]): readonly string[] {
  return all;
}

/** Of something on the web. Without TLS only on this machine. */
export function webAddress(text: string): string {
  const url = URL.parse(text);
  const isLocal = url?.hostname === 'localhost' || url?.hostname === '127.0.0.1';
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) return text;
  throw new Error(`expected https://... (got ${quoted(text)})`);
}

export function words(text: string): string {
  return text;
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly what: string;
  readonly shown: (value: number) => string;
}

function withinRange(value: number, text: string, { min, max, what, shown }: Range): number {
  // Also false for what is no number.
  if (value >= min && value <= max) return value;
  throw new Error(`expected ${what} from ${shown(min)} to ${shown(max)} (got ${quoted(text)})`);
}

/** What was typed, short and on one line. */
function quoted(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length <= 80 ? shown : `${shown.slice(0, 76)}…"`;
}
