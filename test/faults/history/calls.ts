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
} satisfies Record<Operation, true>) as readonly Operation[];

/** Puts the two lines of each call together. */
export function callsOf(invocations: readonly InvokeLine[], completions: ReadonlyMap<string, CompletionLine>): Calls {
  const calls = Object.fromEntries(operations.map((f): [string, Call[]] => [f, []]));
  for (const invocation of invocations.toSorted((a, b) => a.at - b.at))
    calls[invocation.f]?.push(callOf(invocation, completions.get(invocation.call)));
  // Each list has the calls of its operation.
  return calls as unknown as Calls;
}

export function allCalls(calls: Calls): readonly Call[] {
  return operations.flatMap((f): readonly Call[] => calls[f]);
}

function callOf(invocation: InvokeLine, completion: CompletionLine | undefined): Call {
  // Both lines are of one call, so of one operation.
  return {
    ...invocation,
    endedAt: completion?.at ?? Infinity,
    outcome: completion?.type ?? 'info',
    reason: completion === undefined || completion.type === 'ok' ? undefined : completion.reason,
    answer: completion?.type === 'ok' ? completion.answer : undefined,
  } as Call;
}
