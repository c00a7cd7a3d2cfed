import type { OutgoingHttpHeaders } from 'node:http2';
import { pick, type Random } from '../faults/random.ts';
import { canary } from './corpus.ts';

/** Headers of a call as they should be. Without a deadline a call that is never answered would be found late. */
export function plainHeaders(path: string): OutgoingHttpHeaders {
  return {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-timeout': '15S',
  };
}

type Change = (path: string, random: Random) => OutgoingHttpHeaders;

const text = (random: Random): string => `${canary}${'y'.repeat(random.integer(0, 40))}`;

const changes: readonly Change[] = [
  (_path, random) => ({
    'grpc-timeout': pick(['abc', '', '-1S', '0n', '99999999M', '1.5S', '15', canary], random.next()),
  }),
  (_path, random) => ({ 'grpc-timeout': `${random.integer(0, 20)}${pick(['n', 'u', 'm', 'S'], random.next())}` }),
  (_path, random) => ({
    'content-type': pick(
      ['application/json', 'application/grpc+json', 'application/grpc-web', canary, ''],
      random.next(),
    ),
  }),
  (_path, random) => ({
    'grpc-encoding': pick(['gzip', 'deflate', 'br', 'identity', 'snappy', canary, ''], random.next()),
  }),
  (_path, random) => ({ 'grpc-accept-encoding': pick(['gzip', 'br, snappy', canary, ',,,'], random.next()) }),
  (path, random) => ({
    ':path': pick(
      [
        '/',
        '//',
        `/${canary}`,
        path.toLowerCase(),
        `${path}/`,
        `${path}?${canary}`,
        `/../${canary}`,
        `${path}${canary}`,
      ],
      random.next(),
    ),
  }),
  (_path, random) => ({ ':method': pick(['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'], random.next()) }),
  (_path, random) => ({
    'x-data-bin': pick(['====', text(random), Buffer.from(text(random)).toString('base64')], random.next()),
  }),
  (_path, random) => ({ traceparent: pick(['00-zz-zz-01', text(random), ''], random.next()) }),
  (_path, random) => ({ authorization: pick([`Bearer ${canary}`, 'Basic', 'Bearer', text(random)], random.next()) }),
  () => ({ te: undefined }),
  (_path, random) => ({ 'x-long': canary.repeat(random.integer(1, 2_000)) }),
  (_path, random) =>
    Object.fromEntries(Array.from({ length: random.integer(1, 110) }, (_one, key) => [`x-${key}`, canary])),
  (_path, random) => ({ 'grpc-retry-pushback-ms': text(random), 'grpc-previous-rpc-attempts': '4294967296' }),
  () => ({ 'x-latin': `${canary}\u00ff\u00fe` }),
];

export function strangeHeaders(path: string, random: Random): OutgoingHttpHeaders {
  return { ...plainHeaders(path), ...pick(changes, random.next())(path, random) };
}
