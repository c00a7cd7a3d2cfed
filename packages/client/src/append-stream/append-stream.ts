import { ThreadStoreError, type AppendResult, type RenewLeasesParams, type RenewLeasesResult } from '@threadstore/core';
import { abortError, storeClosed } from '@threadstore/core/internal';
import { appendStreamAnswersFromWire } from '@threadstore/protocol';
import { failureOf, write } from '../calls.ts';
import { isOfCredentials, isPassing, pauseMs, withEffect, worse } from '../retry.ts';
import { Backlog } from './backlog.ts';
import { Deadlines } from './deadlines.ts';
import { deadlineExceeded, endedByService, isCertain, neverSent, silentService } from './failures.ts';
import { tellLeases, type LeaseListener } from './lease-listener.ts';
import { Outage } from './outage.ts';
import { AppendCall, RenewalCall, type AppendCallInit, type StreamCall } from './stream-call.ts';
import { StreamSession } from './stream-session.ts';
import type { StreamAnswer, StreamEnd, StreamSource } from './stream-source.ts';

export interface AppendStreamOptions {
  readonly source: StreamSource;
  readonly deadlineMs: number;
  /** `undefined` when nobody wants to know. */
  readonly leases: LeaseListener | undefined;
}

interface Resolvable<R> {
  resolve(result: R): void;
}

const anyAppend = { operation: write('append_items', 'safe'), sentBytes: 0 };

/** A stream of no use for so long is ended: an open one keeps the process alive, and to open another costs nothing. */
const idleMs = 10_000;

/**
 * Carries all appends and renewals of a store over one stream at a time, opened when there is something to send.
 *
 * | a call is | and then                                                              | it becomes                                 |
 * | --------- | --------------------------------------------------------------------- | ------------------------------------------ |
 * | waiting   | its turn comes (`send`)                                               | queued                                     |
 * | queued    | the stream has room                                                   | sent                                       |
 * | sent      | it is answered                                                        | settled: resolved                          |
 * | sent      | it is refused for a passing reason, and a pause fits in its time       | queued, its queue held for the pause       |
 * | sent      | it is refused by `SEQUENCE_GAP`, and a call before it may yet come     | queued, behind that one                    |
 * | sent      | it is refused otherwise                                               | settled: rejected                          |
 * | sent      | the stream breaks or ends                                             | queued, for the next stream                |
 * | sent      | the stream fails for good                                             | queued as a suspect; alone on it: rejected |
 * | sent, queued | the credentials are refused, and there are no others               | settled: rejected                          |
 * | unsettled | its deadline passes, its signal fires                                 | settled: rejected                          |
 *
 * What is rejected has effect `unknown` when any of its attempts may have been done. A call that is abandoned while it is sent stays
 * in the books of the session until it is answered: the service counts it, too.
 *
 * | the stream is | and then                                                                 | it becomes               |
 * | ------------- | ------------------------------------------------------------------------ | ------------------------ |
 * | absent        | something is queued                                                      | open                     |
 * | open          | it breaks or ends, or is given up: half a call's time without an answer   | absent                   |
 * | open          | the same, before it has answered anything                                | paused, longer each time |
 * | open          | it fails for good; suspects go one at a time then, before all others      | absent                   |
 * | open          | nothing was sent for some time                                           | absent                   |
 * | paused        | the pause is over                                                        | absent                   |
 */
export class AppendStream {
  readonly #source: StreamSource;
  readonly #leases: LeaseListener | undefined;
  readonly #deadlines: Deadlines;
  readonly #silenceMsMax: number;
  readonly #backlog = new Backlog(() => this.#pumpSoon());
  #session: StreamSession | undefined;
  /** A session that has been silent for too long. */
  #silent: StreamSession | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #outage = new Outage();
  /** Other credentials are being asked for, or are the last ones that are tried. */
  #renewal: 'asked' | 'tried' | undefined;
  #isPumping = false;

  constructor({ source, deadlineMs, leases }: AppendStreamOptions) {
    this.#source = source;
    this.#leases = leases;
    this.#deadlines = new Deadlines(deadlineMs, (call) => this.#expire(call));
    this.#silenceMsMax = deadlineMs / 2;
  }

  /** An append whose time counts from now, to be sent when its turn comes. */
  append(init: AppendCallInit, signal?: AbortSignal): AppendCall {
    return this.#begin(new AppendCall(init), signal);
  }

  /** Its turn has come. Resolves or rejects as the call does. */
  send(call: AppendCall): Promise<AppendResult> {
    if (call.state === 'waiting') this.#backlog.add(call);
    return call.promise;
  }

  renew(params: RenewLeasesParams, signal?: AbortSignal): Promise<RenewLeasesResult> {
    const call = this.#begin(new RenewalCall(params), signal);
    this.#backlog.add(call);
    return call.promise;
  }

  /** For when nobody calls any more. What is not settled is rejected. */
  async close(): Promise<void> {
    for (const call of this.#deadlines) this.#reject(call, storeClosed());
    this.#deadlines.close();
    this.#outage.close();
    await this.#retire();
  }

  #begin<C extends StreamCall>(call: C, signal: AbortSignal | undefined): C {
    this.#deadlines.add(call);
    if (signal !== undefined) call.heed(signal, () => this.#abandon(call, signal));
    return call;
  }

  /** When all that runs now has run: calls that are made together then share a message. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    process.nextTick(this.#pump);
  }

  readonly #pump = (): void => {
    this.#isPumping = false;
    if (this.#silent !== undefined) this.#giveUp(this.#silent);
    if (!this.#backlog.isReady || this.#outage.isPaused || this.#renewal === 'asked') return;
    this.#backlog.sendOn((this.#session ??= this.#open()));
  };

  #open(): StreamSession {
    const session = new StreamSession(this.#source, {
      onRoom: () => this.#pumpSoon(),
      onAnswer: (from, message) => this.#onAnswer(from, message),
      onEnd: (from, end) => this.#onEnd(from, end),
    });
    this.#idle = setInterval(() => {
      if (!this.#backlog.isReady && session.isQuietSince(performance.now() - idleMs)) void this.#retire();
    }, idleMs).unref();
    return session;
  }

  #onAnswer(session: StreamSession, message: StreamAnswer): void {
    let answers;
    try {
      answers = appendStreamAnswersFromWire(message);
    } catch (error) {
      session.cancel();
      this.#end(session, ({ operation }) => failureOf(error, operation, undefined));
      return;
    }
    this.#outage.isOver();
    this.#renewal = undefined;
    for (const { number, outcome } of answers.appends) {
      const call = session.answeredAppend(number);
      // Nobody waits for what was abandoned.
      if (call?.state !== 'sent') continue;
      tellLeases(this.#leases, call, outcome);
      this.#onOutcome(call, outcome);
    }
    for (const { number, outcome } of answers.renewals) {
      const call = session.answeredRenewal(number);
      if (call?.state === 'sent') this.#onOutcome(call, outcome);
    }
    if (this.#backlog.isReady) this.#pumpSoon();
  }

  #onOutcome<R>(call: StreamCall & Resolvable<R>, outcome: R | ThreadStoreError): void {
    if (outcome instanceof ThreadStoreError) {
      this.#onRefused(call, outcome);
    } else {
      call.resolve(outcome);
      this.#forget(call, true);
    }
  }

  #onRefused(call: StreamCall, error: ThreadStoreError): void {
    if (error.reason === 'SEQUENCE_GAP' && call.queue?.isFirst(call) === false) {
      this.#backlog.again(call, 0);
    } else if (isPassing(error)) {
      call.failed(error, error.effect);
      call.refusals += 1;
      const ms = pauseMs(call.refusals, error);
      if (performance.now() + ms < call.deadlineAt) this.#backlog.again(call, ms);
      else this.#reject(call, withEffect(error, call.effect));
    } else {
      this.#reject(call, withEffect(error, worse(call.effect, error.effect)));
    }
  }

  #onEnd(session: StreamSession, end: StreamEnd): void {
    this.#end(session, ({ operation, sentBytes }) =>
      end === null ? endedByService(operation) : failureOf(end, { ...operation, sentBytes }, undefined),
    );
  }

  #giveUp(session: StreamSession): void {
    this.#silent = undefined;
    if (session !== this.#session) return;
    session.cancel();
    this.#end(session, ({ operation }) => silentService(operation));
  }

  /** Takes back what is on a session that is over. */
  #end(session: StreamSession, failureOfCall: (call: typeof anyAppend) => ThreadStoreError): void {
    this.#detach();
    const live = session.unanswered().filter(({ state }) => state === 'sent');
    const [first] = live;
    const failure = failureOfCall(first ?? anyAppend);
    if (isOfCredentials(failure)) {
      for (const call of live) call.failed(failure, failure.effect);
      this.#backlog.takeBack(live, false);
      void this.#refused(failure);
      return;
    }
    const passing = isPassing(failure);
    // Then the failure is this call's own.
    const isAlone = first !== undefined && session.sentCount === 1;
    for (const call of live) {
      const own = failureOfCall(call);
      call.failed(own, isAlone || isCertain(own) ? own.effect : 'unknown');
    }
    if (!session.wasHeard && (passing || session.sentCount === 0)) this.#outage.pauseAfter(failure, this.#pump);
    if (isAlone && !passing) this.#reject(first, withEffect(failure, first.effect));
    else this.#backlog.takeBack(live, !passing);
    if (this.#backlog.isReady) this.#pumpSoon();
  }

  /** For a stream that may not be: all that would go on it fails, unless there are other credentials to try. */
  async #refused(failure: ThreadStoreError): Promise<void> {
    if (failure.remote && failure.reason === 'UNAUTHENTICATED' && this.#renewal === undefined) {
      this.#renewal = 'asked';
      const hasOthers = await this.#source.hasOthers();
      this.#renewal = hasOthers ? 'tried' : undefined;
      if (hasOthers) return this.#pumpSoon();
    }
    this.#renewal = undefined;
    for (const call of this.#deadlines) {
      if (call.state !== 'waiting') this.#reject(call, withEffect(failure, call.effect));
    }
    if (this.#backlog.isReady) this.#pumpSoon();
  }

  #expire(call: StreamCall): void {
    this.#judgeSilence();
    this.#reject(call, this.#failureAtDeadline(call));
  }

  /** For when a call has waited in vain: also one that has no room because of those that nobody waits for any more. */
  #judgeSilence(): void {
    if (this.#session?.isSilentSince(performance.now() - this.#silenceMsMax) !== true) return;
    this.#silent = this.#session;
    this.#pumpSoon();
  }

  #failureAtDeadline(call: StreamCall): ThreadStoreError {
    const { operation, failure } = call;
    const effect = call.state === 'sent' ? 'unknown' : call.effect;
    if (failure !== undefined) return withEffect(failure, effect);
    // One that was never sent is told why, where that is known.
    if (call.state !== 'sent' && this.#outage.failure !== undefined) return neverSent(operation, this.#outage.failure);
    return deadlineExceeded(operation, effect);
  }

  #abandon(call: StreamCall, signal: AbortSignal): void {
    this.#judgeSilence();
    this.#reject(call, abortError(signal, call.state === 'sent' ? 'unknown' : call.effect));
  }

  #reject(call: StreamCall, error: ThreadStoreError): void {
    const wasSent = call.state === 'sent';
    call.reject(error);
    this.#forget(call, wasSent);
  }

  /** For a call that is settled. */
  #forget(call: StreamCall, wasSent: boolean): void {
    this.#deadlines.remove(call);
    this.#backlog.remove(call, wasSent);
  }

  /** Ends a stream that has nothing unanswered. */
  async #retire(): Promise<void> {
    const session = this.#session;
    this.#detach();
    await session?.end();
  }

  #detach(): void {
    this.#session = undefined;
    clearInterval(this.#idle);
  }
}
