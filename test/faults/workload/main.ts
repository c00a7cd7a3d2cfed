// A process that writes to threads as it is told, and records every call. Started by writer-process.ts.
import { RemoteThreadStore } from '@threadstore/client';
import { Recorder } from '../history/recorder.ts';
import { Random } from '../random.ts';
import { emptyTally, type FromWriter, sumOfTallies, type Tally, type ToWriter, type WriterSetup } from './messages.ts';
import { RecordedCalls } from './recorded-calls.ts';
import { RecordingClient } from './recording-client.ts';
import { fail, runChannel } from './run-channel.ts';
import { Session } from './session.ts';

/** Some callers wait, and let the client find its way; others soon repeat the call themselves. */
const deadlinesMs = [20_000, 1_500] as const;
const tallyEveryMs = 100;
/** Of the threads that writers write to. */
const traitsOfWritten = { cwd: '/written', provider: 'writers' } as const;

class Writer {
  readonly #random: Random;
  readonly #recorder: Recorder;
  readonly #stores: readonly RemoteThreadStore[];
  readonly #clients = new Map<string, RecordingClient>();
  readonly #sessions = new Map<Session, Promise<void>>();
  #stopping = false;

  constructor({ clients, endpoints, token, history, seed }: WriterSetup) {
    this.#random = new Random(seed);
    this.#recorder = new Recorder(history);
    this.#stores = clients.map((name, index) => {
      const deadlineMs = deadlinesMs[index % deadlinesMs.length] ?? deadlinesMs[0];
      const store = new RemoteThreadStore({ endpoint: endpoints, credentials: { token }, deadlineMs, holder: name });
      const calls = new RecordedCalls(name, 'owner', deadlineMs, this.#recorder);
      this.#clients.set(name, new RecordingClient(calls, store));
      return store;
    });
  }

  get tally(): Tally {
    return sumOfTallies([emptyTally, ...[...this.#clients.values()].map(({ tally }) => tally)]);
  }

  async take(how: 'create' | 'resume', clientName: string, thread: string): Promise<number | null> {
    const client = this.#clients.get(clientName);
    if (client === undefined) throw new Error(`there is no client ${clientName}`);
    const end = await (how === 'create'
      ? this.#patient(client).create(thread, traitsOfWritten)
      : client.resume(thread));
    if (!('answer' in end)) return null;
    const { epoch } = end.answer;
    const session = new Session(client, thread, epoch, this.#random.fork());
    if (this.#stopping) session.stop();
    const run = session.run();
    this.#sessions.set(session, run);
    run.then(() => this.#sessions.delete(session), fail);
    return epoch;
  }

  /** The one whose deadline is the longest: a thread that could not be created ends the run. */
  #patient(client: RecordingClient): RecordingClient {
    const [first = client] = this.#clients.values();
    return first;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    for (const session of this.#sessions.keys()) session.stop();
    await Promise.all(this.#sessions.values());
    await Promise.all(this.#stores.map((store) => store.close()));
    this.#recorder[Symbol.dispose]();
  }
}

const { say, hear, hangUp } = runChannel<ToWriter, FromWriter>();
const writer = new Writer(JSON.parse(process.argv[2] ?? '') as WriterSetup);
const tallying = setInterval(() => say({ say: 'tally', tally: writer.tally }), tallyEveryMs);

hear((message) => {
  switch (message.do) {
    case 'create':
    case 'resume':
      writer.take(message.do, message.client, message.thread).then((epoch) => {
        const { client, thread, token } = message;
        say({ say: 'taken', client, thread, token, epoch });
      }, fail);
      break;
    case 'stop':
      writer.stop().then(() => {
        clearInterval(tallying);
        say({ say: 'tally', tally: writer.tally });
        hangUp();
      }, fail);
      break;
  }
});
say({ say: 'ready' });
