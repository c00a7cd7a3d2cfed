import type { DescMethod } from '@bufbuild/protobuf';
import { ThreadStoreService } from '@threadstore/protocol';
import { frame } from '@threadstore/testkit';
import { pick, Random } from '../faults/random.ts';
import { Caller, type Sending } from './caller.ts';
import { randomRequest, ThreadIds } from './corpus.ts';
import { plainHeaders, strangeHeaders } from './headers.ts';
import { mutated, strangeFrame } from './mutations.ts';
import { makeNoise } from './noise.ts';
import { Tally } from './tally.ts';
import type { Target } from './target.ts';
import { verdictOn } from './verdict.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly calls: number;
  /** Ends the run before it has made all calls. */
  readonly seconds: number;
}

const connections = 6;
const lanesOfConnection = 40;

/** Makes calls that no client would make, many at once, until there were enough of them or the process has ended. */
export async function fuzz(target: Target, options: FuzzOptions): Promise<Tally> {
  const tally = new Tally();
  const random = new Random(options.seed);
  const ids = new ThreadIds(random.fork());
  const until = performance.now() + options.seconds * 1_000;
  let left = options.calls;
  const isOver = (): boolean => {
    left -= 1;
    return left < 0 || target.end !== undefined || performance.now() > until;
  };
  const lanes = Array.from({ length: connections }, () => {
    const caller = new Caller(target.endpoint, () => (tally.connections += 1));
    return {
      caller,
      lanes: Array.from(
        { length: lanesOfConnection },
        () => new Lane({ caller, random: random.fork(), ids, tally, target }),
      ),
    };
  });
  await Promise.all(lanes.flatMap((one) => one.lanes).map((lane) => lane.run(isOver)));
  for (const { caller } of lanes) caller[Symbol.dispose]();
  return tally;
}

interface LaneInit {
  readonly caller: Caller;
  readonly random: Random;
  /** What all lanes know of: so they get in each other's way. */
  readonly ids: ThreadIds;
  readonly tally: Tally;
  readonly target: Target;
}

/** Makes one call after the other. */
class Lane {
  readonly #caller: Caller;
  readonly #random: Random;
  readonly #ids: ThreadIds;
  readonly #tally: Tally;
  readonly #target: Target;

  constructor({ caller, random, ids, tally, target }: LaneInit) {
    this.#caller = caller;
    this.#random = random;
    this.#ids = ids;
    this.#tally = tally;
    this.#target = target;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      if (this.#random.chance(0.003)) await this.#noise();
      else await this.#call();
    }
  }

  async #call(): Promise<void> {
    const method = this.#method();
    const { kind, sending } = this.#sending(method);
    const what = `${kind} ${method.name}`;
    const answer = await this.#caller.call(sending);
    if (this.#target.end !== undefined) return;
    if (answer === null) this.#tally.add({ status: 'late', reason: '-', wrong: ['a call did not end in time'] }, what);
    else this.#tally.add(sending.leaves === undefined ? verdictOn(answer) : left, what);
  }

  async #noise(): Promise<void> {
    try {
      await makeNoise(this.#target.endpoint, this.#random);
      this.#tally.connections += 1;
      this.#tally.add({ status: 'noise on a connection', reason: '-', wrong: [] }, 'noise');
    } catch {
      this.#tally.fault('nobody listens', 'noise');
    }
  }

  #method(): DescMethod {
    return pick(ThreadStoreService.methods, this.#random.next());
  }

  #sending(method: DescMethod): { readonly kind: string; readonly sending: Sending } {
    const random = this.#random;
    const path = `/${ThreadStoreService.typeName}/${method.name}`;
    const message = randomRequest(method, random, this.#ids);
    const headers = plainHeaders(path);
    const plain = { headers, leaves: undefined };
    const at = random.next();
    if (at < 0.1) return { kind: 'honest', sending: { ...plain, body: [frame(message)] } };
    const other = random.chance(0.3) ? randomRequest(this.#method(), random, this.#ids) : message;
    const bad = mutated(message, random, other);
    if (at < 0.7) return { kind: 'message', sending: { ...plain, body: [frame(bad)] } };
    if (at < 0.82)
      return {
        kind: 'frame',
        sending: { ...plain, body: this.#cut(strangeFrame(message, random)), headers: this.#encoded(headers) },
      };
    if (at < 0.95)
      return { kind: 'headers', sending: { ...plain, body: [frame(message)], headers: strangeHeaders(path, random) } };
    return { kind: 'left', sending: { headers, body: this.#cut(frame(bad)), leaves: random.integer(0, 10) } };
  }

  #encoded(headers: Sending['headers']): Sending['headers'] {
    return this.#random.chance(0.5) ? { ...headers, 'grpc-encoding': 'gzip' } : headers;
  }

  /** In pieces, cut anywhere. */
  #cut(body: Buffer): readonly Buffer[] {
    const at = this.#random.integer(0, body.length);
    return this.#random.chance(0.5) ? [body] : [body.subarray(0, at), body.subarray(at)];
  }
}

/** Of a call that its caller left, whatever was answered. */
const left = { status: 'left by its caller', reason: '-', wrong: [] } as const;
