import type { LoadedThread } from './loaded-thread.ts';

/** What a running operation is given beside its input. */
export interface OperationContext {
  /**
   * Fires when the turn is interrupted, the thread is being unloaded, or its lease is lost. An operation that goes on all the same keeps
   * the thread busy.
   */
  readonly signal: AbortSignal;
}

/**
 * Something that a thread can be told to do.
 *
 * `turn`: one at a time in a thread, in the order in which they were submitted. `control`: at once, beside a turn that may be running: an
 * approval, steering, a question.
 */
export interface Operation<Input, Output> {
  readonly kind: 'turn' | 'control';
  run(thread: LoadedThread, input: Input, context: OperationContext): Promise<Output>;
}

/** The operations of a thread manager, by name. */
// oxlint-disable-next-line typescript/no-explicit-any -- inputs differ, and are contravariant: no other type takes every operation.
export type Operations = Readonly<Record<string, Operation<any, unknown>>>;

export type InputOf<O> = O extends Operation<infer Input, unknown> ? Input : never;
// oxlint-disable-next-line typescript/no-explicit-any -- as above
export type OutputOf<O> = O extends Operation<any, infer Output> ? Output : never;

type Run<Input, Output> = Operation<Input, Output>['run'];

/** An operation that runs as a turn. */
export function turnOperation<Input, Output>(run: Run<Input, Output>): Operation<Input, Output> {
  return { kind: 'turn', run };
}

/** An operation that runs at once. */
export function controlOperation<Input, Output>(run: Run<Input, Output>): Operation<Input, Output> {
  return { kind: 'control', run };
}
