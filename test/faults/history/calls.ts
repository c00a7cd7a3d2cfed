import type { CompletionLine, InvokeLine } from './lines.ts';
import type { Answers, Operation } from './operations.ts';

interface Ended {
  /** Infinity for a call that never ended. */
  readonly endedAt: number;
  readonly outcome: 'ok' | 'fail' | 'info';
  /** Of a call that was not ok. */
  readonly reason: string | undefined;
}

/** A call of one of the operations, or of any. */
export type Call<F extends Operation = Operation> = {
  [One in F]: Extract<InvokeLine, { readonly f: One }> &
    Ended & {
      /** Of a call that was ok. */
      readonly answer: Answers[One] | undefined;
    };
}[F];

/** All calls, by their operation and in the order of their invocations. */
export type Calls = { readonly [F in Operation]: readonly Call<F>[] };

const operations = Object.keys({
  create: true,
  resume: true,
  fork: true,
  append: true,
  readAll: true,
  readRange: true,
  readMetadata: true,
  patch: true,
  touch: true,
  archive: true,
  unarchive: true,
  delete: true,
  walk: true,
  probe: true,
} satisfies Record<Operation, true>) as readonly Operation[];

export function allCalls(calls: Calls): readonly Call[] {
  return operations.flatMap((f): readonly Call[] => calls[f]);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Puts the two lines of each call together. The line of its invocation comes first. */
export class CallCollector {
  readonly #begun: Call[] = [];
  readonly #open = new Map<string, Writable<Call>>();

  begin(invocation: InvokeLine): void {
    // One object from the start: in a long history copies are what takes the room.
    const call = { ...invocation, endedAt: Infinity, outcome: 'info', reason: undefined, answer: undefined } as Call;
    this.#begun.push(call);
    this.#open.set(call.call, call);
  }

  end(completion: CompletionLine): void {
    const call = this.#open.get(completion.call);
    if (call === undefined) throw new Error(`${completion.call}: ended, but did not begin`);
    this.#open.delete(completion.call);
    call.endedAt = completion.at;
    call.outcome = completion.type;
    // Both lines are of one call, so of one operation.
    if (completion.type === 'ok') call.answer = completion.answer as typeof call.answer;
    else call.reason = completion.reason;
  }

  calls(): Calls {
    const calls = Object.fromEntries(operations.map((f): [string, Call[]] => [f, []]));
    for (const call of this.#begun.toSorted((a, b) => a.at - b.at)) calls[call.f]?.push(call);
    // Each list has the calls of its operation.
    return calls as unknown as Calls;
  }
}
