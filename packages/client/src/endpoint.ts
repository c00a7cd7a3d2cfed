import { listScheme } from './list-resolver.ts';

const shape = /^(?<host>\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+):(?<port>\d{1,5})$/i;
const portMax = 65_535;

/**
 * The target of one endpoint or of several, as grpc-js takes it. A text may hold several, separated by commas. Throws a
 * `TypeError` that says what was expected.
 */
export function parseEndpoint(endpoint: string | readonly string[]): string {
  const given: unknown[] = Array.isArray(endpoint) ? endpoint : [endpoint];
  const targets = new Set(given.flatMap((text) => (typeof text === 'string' ? text.split(',') : [text])).map(parseOne));
  const [only, ...more] = targets;
  if (only === undefined) throw wrong('nothing');
  return more.length === 0 ? only : `${listScheme}:${[...targets].join(',')}`;
}

function parseOne(given: unknown): string {
  if (typeof given !== 'string') throw wrong(String(given));
  const endpoint = given.trim();
  if (/^unix:./.test(endpoint)) return endpoint;
  const address = endpoint.replace(/^http:\/\//i, '').replace(/\/$/, '');
  const groups = shape.exec(address)?.groups;
  const port = Number(groups?.['port']);
  if (groups === undefined || port < 1 || port > portMax) throw wrong(JSON.stringify(given));
  return `dns:${address}`;
}

function wrong(got: string): TypeError {
  const tls = /^"(https|grpcs):/i.test(got) ? ' Encrypted connections are not supported.' : '';
  return new TypeError(
    `endpoint: expected host:port, such as 127.0.0.1:50051 or [::1]:50051, or unix:/path (got ${got}).${tls}`,
  );
}
