import { type Call, CallCollector, type Calls } from './calls.ts';
import type {
  AuditLine,
  CanaryLine,
  ClientLine,
  ClockLine,
  FaultLine,
  HistoryLine,
  LeftoverLine,
  ReadFailedLine,
  SampleLine,
  UnreplicatedLine,
} from './lines.ts';
import { Reads, type ThreadRead } from './reads.ts';
import { Texts } from './texts.ts';

/** A run as the rules look at it. */
export interface Facts {
  readonly calls: Calls;
  readonly appends: readonly Call<'append'>[];
  /** Calls that make a writer, in the order of their invocations. */
  readonly grants: readonly Call<'create' | 'resume' | 'fork'>[];
  /** By their names. */
  readonly batches: ReadonlyMap<string, SentBatch>;
  /** In the end. */
  readonly reads: readonly ThreadRead[];
  readonly failedReads: readonly ReadFailedLine[];
  readonly clients: readonly ClientLine[];
  /** In the order of their times, as are the samples. */
  readonly faults: readonly FaultLine[];
  readonly samples: readonly SampleLine[];
  readonly leftovers: readonly LeftoverLine[];
  readonly unreplicated: readonly UnreplicatedLine[];
  readonly canaries: readonly CanaryLine[];
  /** In the order of their times. */
  readonly clocks: readonly ClockLine[];
  /** Those of each replica in their order. */
  readonly audits: readonly AuditLine[];
}

/** A batch, with all calls that tried to append it. */
export interface SentBatch extends Pick<Call<'append'>, 'op' | 'thread' | 'identity' | 'epoch' | 'hashes'> {
  readonly calls: readonly Call<'append'>[];
}

/** Puts the lines of a run together, of files in whatever order. */
export class FactCollector {
  readonly #calls = new CallCollector();
  readonly #clients: ClientLine[] = [];
  readonly #faults: FaultLine[] = [];
  readonly #samples: SampleLine[] = [];
  readonly #failedReads: ReadFailedLine[] = [];
  readonly #leftovers: LeftoverLine[] = [];
  readonly #unreplicated: UnreplicatedLine[] = [];
  readonly #canaries: CanaryLine[] = [];
  readonly #clocks: ClockLine[] = [];
  readonly #audits: AuditLine[] = [];
  readonly #texts = new Texts();
  readonly #reads = new Reads(this.#texts);

  add(line: HistoryLine): void {
    switch (line.type) {
      case 'client':
        this.#clients.push(line);
        break;
      case 'invoke':
        this.#calls.begin(this.#texts.shared(line));
        break;
      case 'ok':
      case 'fail':
      case 'info':
        this.#calls.end(line);
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
      case 'sample':
        this.#samples.push(line);
        break;
      case 'leftover':
        this.#leftovers.push(line);
        break;
      case 'unreplicated':
        this.#unreplicated.push(line);
        break;
      case 'canary':
        this.#canaries.push(line);
        break;
      case 'clock':
        this.#clocks.push(line);
        break;
      case 'audit':
        this.#audits.push(line);
        break;
    }
  }

  facts(): Facts {
    const calls = this.#calls.calls();
    const grants = [...calls.create, ...calls.resume, ...calls.fork];
    return {
      calls,
      appends: calls.append,
      grants: grants.toSorted((a, b) => a.at - b.at),
      batches: batchesOf(calls.append),
      reads: this.#reads.ended(calls.fork),
      failedReads: this.#failedReads,
      clients: this.#clients,
      faults: this.#faults.toSorted((a, b) => a.at - b.at),
      samples: this.#samples.toSorted((a, b) => a.at - b.at),
      leftovers: this.#leftovers,
      unreplicated: this.#unreplicated,
      canaries: this.#canaries,
      clocks: this.#clocks.toSorted((a, b) => a.at - b.at),
      audits: this.#audits,
    };
  }
}

export function factsOf(lines: Iterable<HistoryLine>): Facts {
  const collector = new FactCollector();
  for (const line of lines) collector.add(line);
  return collector.facts();
}

function batchesOf(appends: readonly Call<'append'>[]): ReadonlyMap<string, SentBatch> {
  const batches = new Map<string, SentBatch & { readonly calls: Call<'append'>[] }>();
  for (const call of appends) {
    const { op, thread, identity, epoch, hashes } = call;
    const known = batches.get(op);
    if (known === undefined) batches.set(op, { op, thread, identity, epoch, hashes, calls: [call] });
    else known.calls.push(call);
  }
  return batches;
}
