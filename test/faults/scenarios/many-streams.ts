import type { ClientHttp2Stream } from 'node:http2';
import { RemoteThreadStore } from '@threadstore/client';
import { bytesField, frame, RawClient, waitFor } from '@threadstore/testkit';
import { longThread, SteadyWriter } from './histories.ts';
import { check, exactly, quantile, type Scenario } from './scenario.ts';

const streamsPerConnection = 1_000;
/** One in so many reads a history and stops; the others are streams of appends that say nothing. */
const readersIn = 20;
const writingMs = 3_000;

export const manyStreams: Scenario = {
  about:
    '10,000 streams over 10 connections, 500 of them readers that stopped, and a writer on a connection of its own',
  args: ['--tenant-append-streams-max', '10000'],
  run: async ({ endpoint }, scale) => {
    const connections = Math.ceil(10 * scale);
    await using store = new RemoteThreadStore({ endpoint });
    const threadId = await longThread(store, 2_000_000);
    const writer = new SteadyWriter(store);
    const quiet = await written(writer);
    const clients = Array.from({ length: connections }, () => new RawClient(endpoint));
    let answered = 0;
    const refusals = new Set<string>();
    const watched = (stream: ClientHttp2Stream): ClientHttp2Stream => {
      stream.once('response', (headers) => {
        answered += 1;
        if (headers['grpc-status'] !== undefined) refusals.add(decodeURIComponent(String(headers['grpc-message'])));
      });
      return stream;
    };
    const streams: ClientHttp2Stream[] = [];
    for (const client of clients) {
      for (let index = 0; index < streamsPerConnection; index += 1) {
        const isReader = index % readersIn === 0;
        const stream = watched(client.begin(isReader ? 'ReadHistory' : 'AppendStream'));
        if (isReader) stream.end(frame(bytesField(1, threadId)));
        streams.push(stream);
      }
      // So that no more readers come at once than wait for the database without being refused.
      await waitFor(() => answered === streams.length, { timeoutMs: 60_000, what: 'streams to be open' });
    }
    writer.take();
    const beside = await written(writer);
    await writer.stop();
    const open = streams.filter(({ destroyed }) => !destroyed).length;
    for (const client of clients) client.close();
    return [
      { what: 'refusals (expected none)', figure: [...refusals].join('; '), passed: refusals.size === 0 },
      exactly('streams that stand', open, connections * streamsPerConnection),
      check('appends of the writer, p99: alone', quantile(quiet, 0.99), () => true, ' ms'),
      check('beside the streams', quantile(beside, 0.99), () => beside.length > 0, ' ms'),
    ];
  },
};

async function written(writer: SteadyWriter): Promise<readonly number[]> {
  writer.take();
  await new Promise((resolve) => {
    setTimeout(resolve, writingMs);
  });
  return writer.take();
}
