import type * as grpc from '@grpc/grpc-js';
import { ThreadStoreError, type ErrorEffect } from '@threadstore/core';
import { abortError, throwIfAborted } from '@threadstore/core/internal';
import { fromStatus, type CallerOptions, type CallFacts, type FailedStatus } from '@threadstore/protocol';
import type { CallsAtOnce } from './calls-at-once.ts';
import type { Credentials } from './credentials.ts';
import { inTime } from './in-time.ts';
import { attemptsMax, isPassing, pause, pauseMs, withEffect, worse, type Retry } from './retry.ts';

/** What is to be known about an operation to make a call of it. */
export interface Operation {
  /** In upstream spelling, for errors. */
  readonly operation: string;
  /** What a call whose outcome is not known may have done. */
  readonly effect: ErrorEffect;
  readonly retry: Retry;
}

export const read = (operation: string): Operation => ({ operation, effect: 'none', retry: 'safe' });
export const write = (operation: string, retry: Retry): Operation => ({ operation, effect: 'unknown', retry });

interface CallSettings {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly credentials: Credentials;
  readonly atOnce: CallsAtOnce;
}

/**
 * Makes a unary call, again where its operation allows it, within one deadline.
 *
 * The error that it rejects with has effect `unknown` when any attempt may have been done.
 */
export async function callUnary<T>(
  operation: Operation,
  { deadlineMs, signal, credentials, atOnce }: CallSettings,
  send: (options: CallerOptions) => Promise<T>,
): Promise<T> {
  const deadline = new Date(Date.now() + deadlineMs);
  let effect: ErrorEffect = 'none';
  let others: grpc.Metadata | undefined;
  const patience = { operation, deadline, signal };
  throwIfAborted(signal);
  for (let attempt = 1; ; attempt += 1) {
    let metadata: grpc.Metadata | undefined;
    try {
      metadata = others ?? (await inTime(credentials.headers(), patience));
      const sent = { deadline, metadata, ...(signal === undefined ? {} : { signal }) };
      return await atOnce.run(patience, () => send(sent));
    } catch (error) {
      const failure = failureOf(error, operation, signal);
      effect = worse(effect, failure.effect);
      const mayRepeat = operation.retry === 'safe' || effect === 'none';
      if (mayRepeat && others === undefined && metadata !== undefined && failure.reason === 'UNAUTHENTICATED') {
        others = await inTime(credentials.others(metadata), patience).catch(() => undefined);
        if (others !== undefined) continue;
      }
      const again = isPassing(failure) && mayRepeat;
      const ms = pauseMs(attempt, failure);
      if (!again || attempt === attemptsMax || Date.now() + ms >= deadline.getTime()) {
        throw withEffect(failure, effect);
      }
      await pause(ms, signal);
      if (signal?.aborted) throw abortError(signal, effect);
    }
  }
}

/** The store's error for whatever a call, or the reading of its answer, failed with. */
export function failureOf(
  error: unknown,
  operation: Operation & CallFacts,
  signal: AbortSignal | undefined,
): ThreadStoreError {
  // Also an answer that can't be read. Whatever it was, a read has stored nothing.
  if (error instanceof ThreadStoreError) return operation.effect === 'none' ? withEffect(error, 'none') : error;
  if (!isStatus(error)) {
    return new ThreadStoreError({
      reason: 'INTERNAL',
      message: `${operation.operation}: the call could not be made`,
      effect: operation.effect,
      cause: error,
    });
  }
  const failure = fromStatus(error, operation);
  // A cancellation of ours comes back as a status of its own.
  return failure.reason === 'CANCELLED' && signal?.aborted ? abortError(signal, operation.effect) : failure;
}

function isStatus(error: unknown): error is FailedStatus & grpc.ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && 'metadata' in error;
}
