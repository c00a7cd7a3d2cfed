// A process of another tenant than all others, that tries to get at what they have. Started by side-process.ts.
import { RemoteThreadStore } from '@threadstore/client';
import { Recorder } from '../../history/recorder.ts';
import { Random } from '../../random.ts';
import { RecordedCalls } from '../recorded-calls.ts';
import { fail, runChannel } from '../run-channel.ts';
import { act } from './actor.ts';
import { Intruder, type Stores } from './intruder.ts';
import type { FromSide, SideSetup, ToSide } from './messages.ts';

const deadlineMs = 10_000;
const count = 2;

const { say, hear, hangUp } = runChannel<ToSide, FromSide>();
const { endpoints, token, writtenThreads, history, seed } = JSON.parse(process.argv[2] ?? '') as SideSetup;
const random = new Random(seed);
const recorder = new Recorder(history);
const stopping = new AbortController();
const stores: RemoteThreadStore[] = [];

/** Asked for the token each time that they send something. */
function storesOfOne(): Stores {
  let attempts = 0;
  const credentials = {
    token: () => {
      attempts += 1;
      return token;
    },
  };
  const options = { credentials, deadlineMs, keepLeases: false };
  const each = endpoints.map((endpoint) => new RemoteThreadStore({ endpoint, ...options }));
  stores.push(...each);
  return { each, attempts: () => attempts };
}

const running = Array.from({ length: count }, (_one, index) => {
  const calls = new RecordedCalls(`i${index + 1}`, 'intruder', deadlineMs, recorder);
  const intruder = new Intruder(calls, storesOfOne(), writtenThreads, [index, count], random.fork());
  return act(intruder, random.fork(), stopping.signal);
});
for (const one of running) one.catch(fail);

async function stop(): Promise<void> {
  stopping.abort();
  await Promise.all(running);
  await Promise.all(stores.map((store) => store.close()));
  recorder[Symbol.dispose]();
}

hear(() => {
  stop().then(() => {
    say({ say: 'made', threads: [] });
    hangUp();
  }, fail);
});
say({ say: 'ready' });
