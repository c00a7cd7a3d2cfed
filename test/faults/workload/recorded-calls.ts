import { ThreadStoreError } from '@threadstore/core';
import type { HistoryLine } from '../history/lines.ts';
import type { Answers, Asked, Operation } from '../history/operations.ts';
import { now, type Recorder } from '../history/recorder.ts';
import type { Tenant } from '../history/tenants.ts';
import { Lookout } from './lookout.ts';

/** How a call ended: with its answer, or with the reason why there is none, and whether it may have had an effect all the same. */
export type End<T> = { readonly answer: T } | { readonly reason: string; readonly unknown: boolean };

/** The calls of one client, each recorded before it is made and after it has ended. */
export class RecordedCalls {
  readonly client: string;
  readonly tenant: Tenant;
  /** How long each call may take; for those without a deadline of their own. */
  readonly deadlineMs: number;
  /** For what the store answers. */
  readonly lookout: Lookout;
  readonly #recorder: Recorder;
  #calls = 0;
  #operations = 0;

  constructor(client: string, tenant: Tenant, deadlineMs: number, recorder: Recorder) {
    this.client = client;
    this.tenant = tenant;
    this.deadlineMs = deadlineMs;
    this.#recorder = recorder;
    this.lookout = new Lookout(client, tenant, recorder);
    recorder.record({ type: 'client', client, tenant, deadlineMs });
  }

  /** A name that nothing else in the run has. */
  nextName(): string {
    return `${this.client}/${(this.#operations += 1)}`;
  }

  async make<F extends Operation>(f: F, asked: Asked[F], work: () => Promise<Answers[F]>): Promise<End<Answers[F]>> {
    const call = `${this.client}#${(this.#calls += 1)}`;
    const line = { type: 'invoke', at: now(), call, client: this.client, f, ...asked };
    // What is asked is what this operation asks.
    this.#recorder.record(line as unknown as HistoryLine);
    try {
      const answer = await work();
      this.#recorder.record({ type: 'ok', at: now(), call, answer });
      return { answer };
    } catch (error) {
      const known = error instanceof ThreadStoreError;
      const reason = known ? error.reason : `not a store error: ${String(error)}`;
      const unknown = !known || error.effect !== 'none';
      this.#recorder.record({ type: unknown ? 'info' : 'fail', at: now(), call, reason });
      return { reason, unknown };
    }
  }
}
