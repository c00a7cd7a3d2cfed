import { RemoteThreadStore } from '@threadstore/client';
import { bytesField, frame, RawClient, waitFor } from '@threadstore/testkit';
import { longThread, SteadyWriter } from './histories.ts';
import { check, exactly, quantile, type Scenario } from './scenario.ts';

const streamsPerConnection = 100;
/** One in so many reads a history and stops; the others are streams of appends that say nothing. */
const readersIn = 20;
const writingMs = 3_000;

export const manyStreams: Scenario = {
  about:
    '10,000 streams over 100 connections, 500 of them readers that stopped, and a writer on a connection of its own',
  args: ['--tenant-append-streams-max', '10000'],
  run: async ({ endpoint }, scale) => {
    const connections = Math.ceil(100 * scale);
    await using store = new RemoteThreadStore({ endpoint });
    const threadId = await longThread(store, 2_000_000);
    const writer = new SteadyWriter(store);
    const quiet = await written(writer);
    const clients = Array.from({ length: connections }, () => new RawClient(endpoint));
    const streams = clients.flatMap((client) =>
      Array.from({ length: streamsPerConnection }, (_, index) => {
        if (index % readersIn > 0) return client.begin('AppendStream');
        const stream = client.begin('ReadHistory');
        stream.end(frame(bytesField(1, threadId)));
        return stream;
      }),
    );
    let answered = 0;
    for (const stream of streams)
      stream.once('response', (headers) => (answered += headers['grpc-status'] === undefined ? 1 : 0));
    await waitFor(() => answered === streams.length, { timeoutMs: 60_000, what: 'all streams to be open' });
    writer.take();
    const beside = await written(writer);
    await writer.stop();
    const open = streams.filter(({ destroyed }) => !destroyed).length;
    for (const client of clients) client.close();
    return [
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
