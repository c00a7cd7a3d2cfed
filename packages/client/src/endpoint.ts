import { listScheme } from './list-resolver.ts';

const shape = /^(?<host>\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+):(?<port>\d{1,5})$/i;
const scheme = /^(?<name>https?|grpcs?):\/\//i;
const portMax = 65_535;

export interface Target {
  /** As grpc-js takes it. */
  readonly text: string;
  /** What is said about encryption; `undefined`: nothing. */
  readonly encrypted: boolean | undefined;
  /** Whether it is on this machine, of several all. */
  readonly isLocal: boolean;
}

/**
 * The target of one endpoint or of several. A text may hold several, separated by commas. Throws a `TypeError` that says what was
 * expected.
 */
export function parseEndpoint(endpoint: string | readonly string[]): Target {
  const given: unknown[] = Array.isArray(endpoint) ? endpoint : [endpoint];
  const all = given.flatMap((text) => (typeof text === 'string' ? text.split(',') : [text])).map(parseOne);
  const targets = new Set(all.map(({ text }) => text));
  const [only, ...more] = targets;
  if (only === undefined) throw wrong('nothing');
  const said = new Set(all.map(({ encrypted }) => encrypted));
  if (said.has(true) && said.has(false)) throw new TypeError('endpoint: all must be encrypted (https://) or none');
  return {
    text: more.length === 0 ? only : `${listScheme}:${[...targets].join(',')}`,
    encrypted: said.has(true) || (said.has(false) ? false : undefined),
    isLocal: all.every(({ isLocal }) => isLocal),
  };
}

function parseOne(given: unknown): Target {
  if (typeof given !== 'string') throw wrong(String(given));
  const endpoint = given.trim();
  if (/^unix:./.test(endpoint)) return { text: endpoint, encrypted: undefined, isLocal: true };
  const address = endpoint.replace(scheme, '').replace(/\/$/, '');
  const groups = shape.exec(address)?.groups;
  const port = Number(groups?.['port']);
  if (groups === undefined || port < 1 || port > portMax) throw wrong(JSON.stringify(given));
  const name = scheme.exec(endpoint)?.groups?.['name']?.toLowerCase();
  return {
    text: `dns:${address}`,
    encrypted: name === undefined ? undefined : name.endsWith('s'),
    isLocal: /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(groups['host'] ?? ''),
  };
}

function wrong(got: string): TypeError {
  return new TypeError(
    `endpoint: expected host:port, such as 127.0.0.1:50051 or [::1]:50051, https://host:port, or unix:/path (got ${got}).`,
  );
}
