import { gzipSync } from 'node:zlib';
import { frame, RawClient, type RawAnswer } from '@threadstore/testkit';
import { exactly, type Scenario } from './scenario.ts';

const MiB = 1024 * 1024;
const resourceExhausted = 8;

export const bombs: Scenario = {
  about:
    'requests that are too large: 256 MiB of zeros in a gzip, frames that claim 4 GiB, and one byte more than the limit',
  args: ['--request-bytes-max', '64MiB'],
  run: async ({ endpoint }, scale) => {
    const count = Math.ceil(50 * scale);
    const zeros = frame(gzipSync(Buffer.alloc(256 * MiB)), undefined, 1);
    using client = new RawClient(endpoint);
    const gzip = { 'grpc-encoding': 'gzip' };
    const all = (call: () => Promise<RawAnswer>): Promise<readonly RawAnswer[]> =>
      Promise.all(Array.from({ length: count }, call));
    const answers = {
      'gzip bombs': await all(() => client.call('AppendItems', [zeros], gzip)),
      'claims of 4 GiB': await all(() => client.call('AppendItems', [frame(Buffer.alloc(100), 2 ** 32 - 1)])),
      'messages of 32 MiB': await all(() => client.call('AppendItems', [frame(Buffer.alloc(64), 32 * MiB)])),
    };
    return Object.entries(answers).map(([what, given]) =>
      exactly(`${what} refused`, given.filter(({ code }) => code === resourceExhausted).length, count),
    );
  },
};
