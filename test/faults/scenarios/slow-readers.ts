import { RemoteThreadStore } from '@threadstore/client';
import { bytesField, frame, RawClient, waitFor } from '@threadstore/testkit';
import { longThread, SteadyWriter } from './histories.ts';
import { check, exactly, quantile, type Scenario } from './scenario.ts';

const connections = 20;
const historyBytes = 10_000_000;

export const slowReaders: Scenario = {
  about: '200 readers of a history of 10 MB that take nothing, while a writer goes on',
  args: ['--stalled-reader-timeout-ms', '3000'],
  run: async ({ endpoint }, scale) => {
    const count = Math.ceil(200 * scale);
    await using store = new RemoteThreadStore({ endpoint });
    const threadId = await longThread(store, historyBytes);
    const writer = new SteadyWriter(store);
    await waitFor(() => writer.take().length > 0, { what: 'the writer' });
    const clients = Array.from({ length: connections }, () => new RawClient(endpoint));
    const streams = Array.from({ length: count }, (_, index) => {
      const stream = (clients[index % connections] as RawClient).begin('ReadHistory');
      stream.end(frame(bytesField(1, threadId)));
      return stream;
    });
    await waitFor(() => streams.every(({ destroyed }) => destroyed), {
      timeoutMs: 60_000,
      what: 'the end of all readers',
    });
    const beside = writer.take();
    await writer.stop();
    for (const client of clients) client.close();
    return [
      exactly('readers whose stream the service ended', streams.filter(({ destroyed }) => destroyed).length, count),
      check('appends beside them', beside.length, (it) => it > 0),
      check('of those, p99', quantile(beside, 0.99), () => true, ' ms'),
    ];
  },
};
