import type { Appended, HistoryLine, ReadLine } from '../history/lines.ts';

const thread = 'thread';
const replicas = ['replica-1', 'replica-2'] as const;
const sizes: Readonly<Record<string, number>> = { 'before-1': 2, 'unknown-batch': 3 };

type Item = ReadLine['items'][number];
type Items = Item[];

const hashOf = (op: string, k: number): string => `${op}[${k}]`;

interface Sent {
  readonly epoch: number | null;
  /** When the call was made; it ends 5 ms later. */
  readonly at: number;
  readonly in?: string;
}

/** The lines of an append: with the answer that it got, or with the reason why it failed, of unknown effect unless that says none. */
export function appended(op: string, sent: Sent, ended: Appended | string): readonly HistoryLine[] {
  const call = `${op} at ${sent.at}`;
  const hashes = Array.from({ length: sizes[op] ?? 1 }, (_one, k) => hashOf(op, k));
  const { at, epoch } = sent;
  const end = { at: at + 5, call };
  const none = ended === 'FENCED' || ended === 'BACKEND_UNAVAILABLE';
  return [
    { type: 'invoke', at, call, client: 'w1', thread: sent.in ?? thread, f: 'append', op, epoch, hashes },
    typeof ended === 'string'
      ? { type: none ? 'fail' : 'info', ...end, reason: ended }
      : { type: 'ok', ...end, answer: ended },
  ];
}

function granted(epoch: number, nextOrdinal: number, at: number, of = thread): readonly HistoryLine[] {
  const call = `grant of ${epoch} in ${of}`;
  return [
    { type: 'invoke', at, call, client: 'w2', thread: of, f: 'resume' },
    { type: 'ok', at: at + 10, call, answer: { epoch, nextOrdinal } },
  ];
}

const at = (first: number, last = first): Appended => ({ first, last, duplicate: false });

/** What happened to two threads: two writers of one, and one of the other that never knew whether it stored its batch. */
const calls: readonly HistoryLine[] = [
  ...granted(1, 0, 0),
  ...appended('before-1', { epoch: 1, at: 10 }, at(0, 1)),
  ...appended('before-2', { epoch: 1, at: 20 }, at(2)),
  ...appended('stale', { epoch: 1, at: 30 }, 'OUTCOME_UNKNOWN'),
  ...granted(2, 3, 80),
  ...appended('fenced', { epoch: 1, at: 95 }, 'FENCED'),
  ...appended('between', { epoch: 2, at: 100 }, at(3)),
  ...appended('after', { epoch: 2, at: 101 }, at(4)),
  ...appended('refused', { epoch: 2, at: 102 }, 'BACKEND_UNAVAILABLE'),
  ...appended('unknown-1', { epoch: 2, at: 103 }, 'OUTCOME_UNKNOWN'),
  ...appended('unknown-2', { epoch: 2, at: 104 }, 'DEADLINE_EXCEEDED'),
  ...appended('unknown-batch', { epoch: 2, at: 105 }, 'OUTCOME_UNKNOWN'),
  ...granted(2, 0, 0, 'other thread'),
  ...appended('elsewhere', { epoch: 2, at: 106, in: 'other thread' }, 'OUTCOME_UNKNOWN'),
];

export type Doctor = (run: Doctored) => unknown;

export function honest(): readonly HistoryLine[] {
  return doctored(() => undefined);
}

/** The honest history after a doctor was with it. Ordinals of reads are the places in the lists that they hand out. */
export function doctored(doctor: Doctor): readonly HistoryLine[] {
  const run = new Doctored();
  doctor(run);
  return run.lines();
}

class Doctored {
  #calls = [...calls];
  #nextOrdinal: number | undefined;
  readonly #reads = new Map<string, Items>();

  constructor() {
    const stored: readonly (readonly [string, number])[] = [
      ['before-1', 0],
      ['before-1', 1],
      ['before-2', 0],
      ['between', 0],
      ['after', 0],
    ];
    for (const via of replicas)
      this.#reads.set(
        via,
        stored.map(([op, k]) => this.item(op, k)),
      );
  }

  item(op: string, k: number): Item {
    return [hashOf(op, k), op, k];
  }

  read(via: string, change: (items: Items) => unknown): void {
    change(this.#reads.get(via) ?? []);
  }

  everyRead(change: (items: Items) => unknown): void {
    for (const via of replicas) this.read(via, change);
  }

  withoutReads(): void {
    this.#reads.clear();
  }

  unreadable(of: string): void {
    this.#calls.push({ type: 'readFailed', via: 'replica-1', thread: of, reason: 'INTERNAL' });
  }

  nextOrdinal(count: number): void {
    this.#nextOrdinal = count;
  }

  append(op: string, sent: Sent, ended: Appended | string): void {
    this.#calls.push(...appended(op, sent, ended));
  }

  grant(epoch: number, nextOrdinal: number): void {
    this.#calls.push(...granted(epoch, nextOrdinal, 130));
  }

  /** Takes the calls of a batch out. */
  forget(op: string): void {
    this.#calls = this.#calls.filter((line) => !('call' in line && line.call.startsWith(`${op} at`)));
  }

  /** Makes the failure of a batch one of effect none. */
  claimNoEffect(op: string): void {
    this.#calls = this.#calls.map((line) =>
      line.type === 'info' && line.call.startsWith(`${op} at`) ? { ...line, type: 'fail' } : line,
    );
  }

  replaceAnswer(op: string, answer: Appended): void {
    this.#calls = this.#calls.map((line) =>
      line.type === 'ok' && line.call.startsWith(`${op} at`) ? { ...line, answer } : line,
    );
  }

  /** The grant of an epoch says another first ordinal. */
  moveGrant(epoch: number, nextOrdinal: number): void {
    this.#calls = this.#calls.map((line) =>
      line.type === 'ok' && line.call === `grant of ${epoch} in ${thread}`
        ? { ...line, answer: { epoch, nextOrdinal } }
        : line,
    );
  }

  lines(): readonly HistoryLine[] {
    const reads = [...this.#reads].flatMap(([via, items]): readonly HistoryLine[] => {
      const nextOrdinal = this.#nextOrdinal ?? items.length;
      // A batch for each item, as an ordinal may have been left out.
      const read = [...items.entries()].flatMap(([first, item]): readonly HistoryLine[] =>
        item === undefined ? [] : [{ type: 'read', via, thread, first, items: [item] }],
      );
      return [
        ...read,
        { type: 'readEnd', via, thread, nextOrdinal },
        { type: 'readEnd', via, thread: 'other thread', nextOrdinal: 0 },
      ];
    });
    return [...this.#calls, ...reads];
  }
}
