import { connect } from 'node:net';
import { pick, type Random } from '../faults/random.ts';
import { canary } from './corpus.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const frameTypes = 10;

/** A frame of HTTP/2, of any type, whose header may lie. */
function http2Frame(random: Random): Buffer {
  const payload = Buffer.alloc(random.integer(0, 60));
  for (let at = 0; at < payload.length; at += 1) payload[at] = random.integer(0, 255);
  const header = Buffer.alloc(9);
  header.writeUIntBE(random.chance(0.8) ? payload.length : random.integer(0, 2 ** 24 - 1), 0, 3);
  header.writeUInt8(random.integer(0, frameTypes), 3);
  header.writeUInt8(random.integer(0, 255), 4);
  header.writeUInt32BE(pick([0, 1, 3, 2 ** 31 - 1], random.next()), 5);
  return Buffer.concat([header, payload]);
}

const settings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

function connectionBytes(random: Random): Buffer {
  const frames = Array.from({ length: random.integer(1, 30) }, () => http2Frame(random));
  return pick(
    [
      Buffer.concat([preface, settings, ...frames]),
      Buffer.concat([preface, ...frames]),
      Buffer.from(`GET /${canary} HTTP/1.1\r\nHost: ${canary}\r\n\r\n`),
      Buffer.concat([Buffer.from('160301020001000100', 'hex'), ...frames]),
    ],
    random.next(),
  );
}

/** Opens a connection that is none of a client's, and leaves it after some milliseconds, or before. Rejects if nobody listens. */
export function makeNoise(endpoint: string, random: Random): Promise<void> {
  const [host = '', port = ''] = endpoint.split(':');
  const bytes = connectionBytes(random);
  const leaves = random.integer(1, 30);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) }, () => {
      socket.write(bytes);
      setTimeout(() => socket.destroy(), leaves);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') reject(error);
    });
    socket.on('data', () => undefined).on('close', () => resolve());
  });
}
