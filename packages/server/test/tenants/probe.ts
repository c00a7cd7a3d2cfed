import { randomUUID } from 'node:crypto';
import { create, fromBinary, isMessage, toBinary, type DescMethod, type Message } from '@bufbuild/protobuf';
import { ThreadStoreService } from '@threadstore/protocol';
import { frame, messagesOf, type RawAnswer, RawClient } from '@threadstore/testkit';
import { idFields, setField, type IdField, type Kind } from './id-fields.ts';
import { sampleRequests, type Own } from './sample-requests.ts';
import { canary, type TwoTenants } from './two-tenants.ts';

export interface ProbeOptions {
  readonly probes: number;
  readonly seed: number;
}

export interface ProbeReport extends ProbeOptions {
  /** How many probes each field of each method got. */
  readonly fields: Readonly<Record<string, number>>;
  /** How many were answered with each status. */
  readonly answers: Readonly<Record<string, number>>;
  /** Of which the answer told what is another tenant's from what is not there. */
  readonly leaks: readonly string[];
}

interface Target {
  readonly method: DescMethod;
  readonly field: IdField;
}

/** Every method with each of its fields that say something of a tenant. */
export const targets: readonly Target[] = ThreadStoreService.methods.flatMap((method) =>
  idFields(method.input).map((field) => ({ method, field })),
);

/** Numbers from 0 up to 1 that follow from the seed. */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** As long as what it stands for, so that answers which quote it have the same length. */
const absentOf: Readonly<Record<Kind, (like: string) => string>> = {
  thread: () => randomUUID(),
  turn: () => randomUUID(),
  epoch: () => '9',
  cursor: (like) => randomText(like.length),
  operation: (like) => randomText(like.length),
  text: (like) => randomText(like.length),
  word: (like) => randomText(like.length),
};

function randomText(length: number): string {
  return Buffer.from(randomUUID().replaceAll('-', '').repeat(4), 'hex').toString('base64url').slice(0, length);
}

/** Asks for what is another tenant's, and in the same way for what is not there, and compares the answers. */
class Prober {
  readonly #tenants: TwoTenants;
  readonly #client: RawClient;
  readonly #random: () => number;

  constructor(tenants: TwoTenants, seed: number) {
    this.#tenants = tenants;
    this.#client = new RawClient(tenants.service.endpoint);
    this.#random = chance(seed);
  }

  close(): void {
    this.#client.close();
  }

  /** `leak` says how the answers differ; `null`: not at all. */
  async probe(target: Target): Promise<{ readonly answer: string; readonly leak: string | null }> {
    const { method, field } = target;
    const foreign = await this.#foreign(target);
    // Whatever else is in the request that the victim has, is so on both sides.
    const also = idFields(method.input)
      .filter(({ name }) => name !== field.name && this.#random() < 0.2)
      .map((other) => [other, this.#pick(other)] as const)
      .filter(([{ kind, name }]) => !(kind === 'thread' && name === 'thread_id' && makesThreads(method)));
    const ask = async (value: string): Promise<string> => {
      const own = await this.#own(method);
      const message = create(method.input, sampleOf(method, own));
      for (const [other, given] of also) setField(method.input, message, other, given);
      setField(method.input, message, field, value);
      return this.#answer(method, message, { asked: [value, ...also.map(([, given]) => given)], own });
    };
    const absent = absentOf[field.kind](foreign);
    const foreignFirst = this.#random() < 0.5;
    const first = await ask(foreignFirst ? foreign : absent);
    const second = await ask(foreignFirst ? absent : foreign);
    const name = `${method.name} ${field.name} ${also.map(([{ name: also_ }]) => also_).join(',')}`;
    const status = first.slice(0, first.indexOf('\n'));
    const isLeak = first !== second || first.includes(canary);
    return { answer: status, leak: isLeak ? `${name}\n${first}\n${second}` : null };
  }

  /** What the prober writes into threads of its own is never asked for in its lists, where these would be found. */
  #pick({ kind, path }: IdField): string {
    const all = this.#tenants.treasure[kind];
    if (kind !== 'thread') return all[Math.floor(this.#random() * all.length)] ?? '';
    const isRelation = path.at(-1)?.oneof?.name === 'relation';
    const half = all.filter((_id, index) => (index % 2 === 0) === isRelation);
    return half[Math.floor(this.#random() * half.length)] ?? '';
  }

  /** A value of the victim's. What is to become a thread here is not asked for twice. */
  async #foreign({ method, field }: Target): Promise<string> {
    if (!makesThreads(method) || field.name !== 'thread_id') return this.#pick(field);
    const threadId = randomUUID();
    await this.#tenants.victim.persistThread(await this.#tenants.victim.createThread({ threadId }));
    return threadId;
  }

  /** What a call changes is of this call alone. */
  async #own({ name }: DescMethod): Promise<Own> {
    const reads = /^(Read|List|Search)/.test(name);
    if (reads && this.#shared !== undefined) return this.#shared;
    const threadId = randomUUID();
    const { epoch } = await this.#tenants.own.createThread({ threadId });
    const items = ['{"type":"first"}'];
    await this.#tenants.own.appendItems({ threadId, epoch, sequence: 0n, items });
    const own = { threadId, epoch, newId: randomUUID() };
    if (reads) this.#shared = own;
    return own;
  }
  #shared: Own | undefined;

  async #answer(method: DescMethod, message: Message, call: Asked): Promise<string> {
    const answer = await this.#client.call(method.name, frame(toBinary(method.input, message)), {
      authorization: `Bearer ${this.#tenants.token}`,
      'grpc-timeout': '20S',
      'threadstore-request-id': requestId,
    });
    return plain(method, answer, call);
  }
}

/** Of every call, so that no answer differs by it. */
const requestId = randomUUID();

interface Asked {
  /** What the request names of others, and of nobody. */
  readonly asked: readonly string[];
  readonly own: Own;
}

const makesThreads = ({ name }: DescMethod): boolean => name === 'CreateThread' || name === 'ForkThread';

function sampleOf({ localName }: DescMethod, own: Own): Record<string, unknown> {
  return sampleRequests[localName as keyof typeof sampleRequests](own);
}

/** Everything of an answer, but what differs from call to call: times, and the names that the call itself gave. */
function plain({ output }: DescMethod, answer: RawAnswer, { asked, own }: Asked): string {
  const { ':status': status, date: _date, ...headers } = answer.headers;
  const details = headers['grpc-status-details-bin'];
  const shown = typeof details === 'string' ? Buffer.from(details, 'base64').toString('latin1') : '';
  delete headers['grpc-status-details-bin'];
  const text = [
    `${answer.code}`,
    JSON.stringify([status, Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1)), shown]),
    // Those of a stream come as they are ready.
    ...messagesOf(answer.body)
      .map((bytes) => JSON.stringify(fromBinary(output, bytes), shownValue))
      .toSorted((one, other) => (one < other ? -1 : 1)),
  ].join('\n');
  return asked
    .reduce((shown_, value) => shown_.replaceAll(quotesOf(value), '<asked>'), text)
    .replaceAll(own.threadId, '<own>')
    .replaceAll(own.newId, '<new>');
}

/** Times are left out, for they are of the call. */
function shownValue(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  // Before a buffer makes a list of itself.
  const original = this[key];
  if (original instanceof Uint8Array) return Buffer.from(original).toString('latin1');
  if (typeof value === 'bigint') return String(value);
  return isMessage(value) && value.$typeName === 'google.protobuf.Timestamp' ? '<time>' : value;
}

/** Where an answer quotes what was asked for. A number alone could be anything. */
function quotesOf(value: string): RegExp {
  const escaped = value.replaceAll(/[^\w]/g, String.raw`\$&`);
  return new RegExp(value.length > 1 ? escaped : String.raw`(?<=got |got%20|\\u0001|"epoch":")${escaped}(?!\d)`, 'g');
}

/** Probes every field of every method in turn, and tells what came of it. */
export async function runProbes(tenants: TwoTenants, { probes, seed }: ProbeOptions): Promise<ProbeReport> {
  const fields: Record<string, number> = {};
  const answers: Record<string, number> = {};
  const leaks: string[] = [];
  const prober = new Prober(tenants, seed);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < probes) {
      const target = targets[next % targets.length];
      next += 1;
      if (target === undefined) return;
      const { answer, leak } = await prober.probe(target);
      const name = `${target.method.name} ${target.field.name}`;
      fields[name] = (fields[name] ?? 0) + 1;
      answers[answer] = (answers[answer] ?? 0) + 1;
      if (leak !== null) leaks.push(leak);
    }
  };
  await Promise.all(Array.from({ length: 12 }, lane));
  prober.close();
  return { probes, seed, fields, answers, leaks };
}
