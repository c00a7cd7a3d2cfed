import type { AuditLine, HistoryLine, ShownItem } from '../history/lines.ts';
import type { Answers, Appended, Asked, Operation } from '../history/operations.ts';
import { called, hashOf, sideCalls, sideReads } from './doctored-side.ts';

const thread = 'thread';
const replicas = ['replica-1', 'replica-2'] as const;
const sizes: Readonly<Record<string, number>> = { 'before-1': 2, 'unknown-batch': 3 };

type Items = ShownItem[];

interface Sent {
  readonly epoch: number | null;
  /** When the call was made; it ends 5 ms later. */
  readonly at: number;
  readonly in?: string;
  /** By default that of no other batch. */
  readonly identity?: string;
}

/** The lines of an append: with the answer that it got, or with the reason why it failed, of unknown effect unless that says none. */
export function appended(op: string, sent: Sent, ended: Appended | string): readonly HistoryLine[] {
  const { at, epoch, identity = op } = sent;
  const hashes = Array.from({ length: sizes[op] ?? 1 }, (_one, k) => hashOf(op, k));
  const asked = { thread: sent.in ?? thread, op, identity, epoch, hashes };
  return called('append', `${op} at ${at}`, [at, at + 5], asked, ended, 'w1');
}

export function granted(epoch: number, nextOrdinal: number, at: number, of = thread): readonly HistoryLine[] {
  const asked = { thread: of, epoch: epoch - 1 };
  return called('resume', `grant of ${epoch} in ${of}`, [at, at + 10], asked, { epoch, nextOrdinal }, 'w2');
}

/** A takeover from an epoch that is fenced: there is a later one. */
export function late(epoch: number, at: number): readonly HistoryLine[] {
  return called('resume', `takeover from ${epoch} at ${at}`, [at, at + 10], { thread, epoch }, 'FENCED', 'w2');
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
  ...late(1, 96),
  ...appended('between', { epoch: 2, at: 100 }, at(3)),
  ...appended('after', { epoch: 2, at: 101 }, at(4)),
  ...appended('refused', { epoch: 2, at: 102 }, 'BACKEND_UNAVAILABLE'),
  ...appended('unknown-1', { epoch: 2, at: 103 }, 'OUTCOME_UNKNOWN'),
  ...appended('unknown-2', { epoch: 2, at: 104 }, 'DEADLINE_EXCEEDED'),
  ...appended('unknown-batch', { epoch: 2, at: 105 }, 'OUTCOME_UNKNOWN'),
  ...granted(2, 0, 0, 'other thread'),
  ...appended('elsewhere', { epoch: 2, at: 106, in: 'other thread' }, 'OUTCOME_UNKNOWN'),
  ...appended('forged', { epoch: 2, at: 120, identity: 'after' }, 'SEQUENCE_REUSED'),
  ...sideCalls,
];

export type Doctor = (run: Doctored) => unknown;

/** A way to break one rule, and no other. */
export interface Control {
  readonly rule: string;
  readonly what: string;
  readonly doctor: Doctor;
}

export function honest(): readonly HistoryLine[] {
  return doctored(() => undefined);
}

/** The honest history after a doctor was with it. Ordinals of reads are the places in the lists that they hand out. */
export function doctored(doctor: Doctor): readonly HistoryLine[] {
  const run = new Doctored();
  doctor(run);
  return run.lines();
}

const stored: readonly (readonly [string, number])[] = [
  ['before-1', 0],
  ['before-1', 1],
  ['before-2', 0],
  ['between', 0],
  ['after', 0],
];

class Doctored {
  #calls = [...calls];
  #nextOrdinal: number | undefined;
  readonly #reads = new Map<string, Items>();

  readonly #inherited: Items = stored.slice(0, 2).map(([op, k]) => this.item(op, k));

  constructor() {
    for (const via of replicas)
      this.#reads.set(
        via,
        stored.map(([op, k]) => this.item(op, k)),
      );
  }

  item(op: string, k: number): ShownItem {
    return [hashOf(op, k), op, k];
  }

  read(via: string, change: (items: Items) => unknown): void {
    change(this.#reads.get(via) ?? []);
  }

  everyRead(change: (items: Items) => unknown): void {
    for (const via of replicas) this.read(via, change);
  }

  /** What the fork is read to hold, through every replica. */
  inherited(change: (items: Items) => unknown): void {
    change(this.#inherited);
  }

  withoutReads(): void {
    this.#reads.clear();
  }

  add(...lines: readonly HistoryLine[]): void {
    this.#calls.push(...lines);
  }

  /** Lets a call be asked and answered otherwise. */
  redo<F extends Operation>(
    call: string,
    f: F,
    change: { asked?: Partial<Asked[F]>; answer?: Partial<Answers[F]> },
  ): void {
    this.#calls = this.#calls.map((line): HistoryLine => {
      if (line.type === 'invoke' && line.call === call) return { ...line, f, ...change.asked } as HistoryLine;
      if (line.type === 'ok' && line.call === call) return { ...line, answer: { ...line.answer, ...change.answer } };
      return line;
    });
  }

  /** Lets the audit log have other lines. */
  audited(change: (lines: AuditLine[]) => readonly AuditLine[]): void {
    const audits = this.#calls.filter((line) => line.type === 'audit');
    this.#calls = [...this.#calls.filter((line) => line.type !== 'audit'), ...change(audits)];
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

  grant(epoch: number, nextOrdinal: number, begin = 130): void {
    this.#calls.push(...granted(epoch, nextOrdinal, begin));
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
        ...sideReads(via, this.#inherited),
      ];
    });
    return [...this.#calls, ...reads];
  }
}
