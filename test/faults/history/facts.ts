import type {
  Appended,
  AppendInvokeLine,
  CompletionLine,
  FaultLine,
  Granted,
  GrantInvokeLine,
  HistoryLine,
  InvokeLine,
  ReadFailedLine,
  ReadLine,
} from './lines.ts';

/** A run as the rules look at it. */
export interface Facts {
  readonly appends: readonly AppendCall[];
  readonly grants: readonly GrantCall[];
  /** By their names. */
  readonly batches: ReadonlyMap<string, SentBatch>;
  readonly reads: readonly ThreadRead[];
  readonly failedReads: readonly ReadFailedLine[];
  /** In the order of their times. */
  readonly faults: readonly FaultLine[];
}

interface Ended {
  /** Infinity for a call that never ended. */
  readonly endedAt: number;
  readonly outcome: 'ok' | 'fail' | 'info';
  /** Of a call that was not ok. */
  readonly reason: string | undefined;
}

export interface AppendCall extends AppendInvokeLine, Ended {
  /** Of a call that was ok. */
  readonly answer: Appended | undefined;
}

export interface GrantCall extends GrantInvokeLine, Ended {
  readonly answer: Granted | undefined;
}

/** A batch, with all calls that tried to append it. */
export interface SentBatch extends Pick<AppendInvokeLine, 'op' | 'thread' | 'epoch' | 'hashes'> {
  readonly calls: readonly AppendCall[];
}

export interface ThreadRead {
  readonly via: string;
  readonly thread: string;
  readonly nextOrdinal: number;
  /** In the order they were read. */
  readonly items: readonly ReadItem[];
}

export interface ReadItem {
  readonly ordinal: number;
  readonly hash: string;
  readonly op: string;
  readonly k: number;
}

/** Puts the lines of a run, of whatever files and in whatever order, together. */
export class FactCollector {
  readonly #invocations: InvokeLine[] = [];
  readonly #completions = new Map<string, CompletionLine>();
  readonly #faults: FaultLine[] = [];
  readonly #failedReads: ReadFailedLine[] = [];
  readonly #reads = new Reads();

  add(line: HistoryLine): void {
    switch (line.type) {
      case 'invoke':
        this.#invocations.push(line);
        break;
      case 'ok':
      case 'fail':
      case 'info':
        this.#completions.set(line.call, line);
        break;
      case 'read':
        this.#reads.add(line);
        break;
      case 'readEnd':
        this.#reads.end(line.via, line.thread, line.nextOrdinal);
        break;
      case 'readFailed':
        this.#failedReads.push(line);
        break;
      case 'fault':
        this.#faults.push(line);
        break;
    }
  }

  facts(): Facts {
    const calls = this.#invocations
      .toSorted((a, b) => a.at - b.at)
      .map((invocation) => callOf(invocation, this.#completions.get(invocation.call)));
    const appends = calls.filter((call) => call.f === 'append');
    return {
      appends,
      grants: calls.filter((call) => call.f !== 'append'),
      batches: batchesOf(appends),
      reads: this.#reads.ended,
      failedReads: this.#failedReads,
      faults: this.#faults.toSorted((a, b) => a.at - b.at),
    };
  }
}

export function factsOf(lines: Iterable<HistoryLine>): Facts {
  const collector = new FactCollector();
  for (const line of lines) collector.add(line);
  return collector.facts();
}

function callOf(invocation: InvokeLine, completion: CompletionLine | undefined): AppendCall | GrantCall {
  const ended: Ended = {
    endedAt: completion?.at ?? Infinity,
    outcome: completion?.type ?? 'info',
    reason: completion === undefined || completion.type === 'ok' ? undefined : completion.reason,
  };
  const answer = completion?.type === 'ok' ? completion.answer : undefined;
  if (invocation.f === 'append') {
    if (answer !== undefined && !('first' in answer))
      throw new Error(`${invocation.call}: not the answer of an append`);
    return { ...invocation, ...ended, answer };
  }
  if (answer !== undefined && !('epoch' in answer)) throw new Error(`${invocation.call}: not the answer of a grant`);
  return { ...invocation, ...ended, answer };
}

function batchesOf(appends: readonly AppendCall[]): ReadonlyMap<string, SentBatch> {
  const batches = new Map<string, SentBatch & { readonly calls: AppendCall[] }>();
  for (const call of appends) {
    const { op, thread, epoch, hashes } = call;
    const known = batches.get(op);
    if (known === undefined) batches.set(op, { op, thread, epoch, hashes, calls: [call] });
    else known.calls.push(call);
  }
  return batches;
}

/** The reads of threads that came to their end. */
class Reads {
  readonly ended: ThreadRead[] = [];
  readonly #open = new Map<string, ReadItem[]>();

  add({ via, thread, first, items }: ReadLine): void {
    const list = this.#itemsOf(via, thread);
    for (const [index, [hash, op, k]] of items.entries()) list.push({ ordinal: first + index, hash, op, k });
  }

  end(via: string, thread: string, nextOrdinal: number): void {
    const items = this.#itemsOf(via, thread);
    this.#open.delete(`${via} ${thread}`);
    this.ended.push({ via, thread, nextOrdinal, items });
  }

  #itemsOf(via: string, thread: string): ReadItem[] {
    const key = `${via} ${thread}`;
    let items = this.#open.get(key);
    if (items === undefined) this.#open.set(key, (items = []));
    return items;
  }
}
