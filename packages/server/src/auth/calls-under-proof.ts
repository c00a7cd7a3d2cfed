import type { ThreadStoreError } from '@threadstore/core';
import type { Arrival } from '../rpc/gate.ts';
import type { Proof } from './proof.ts';
import { noLongerGood } from './refusals.ts';

interface CallUnderProof {
  readonly proof: Proof;
  readonly refuse: (error: ThreadStoreError) => void;
}

const sweepMs = 1_000;

/** The calls under way, each ended soon after what its credentials have proved holds no more: expired, revoked, or changed. */
export class CallsUnderProof {
  readonly #calls = new Set<CallUnderProof>();
  #timer: NodeJS.Timeout | undefined;

  add({ refuse, onEnd }: Arrival, proof: Proof): void {
    const call = { proof, refuse };
    this.#calls.add(call);
    onEnd(() => {
      this.#calls.delete(call);
    });
    // Looked at only while there is something to look at.
    this.#timer ??= setInterval(() => this.sweep(), sweepMs).unref();
  }

  /** Also to be called when credentials have changed. */
  sweep(): void {
    const now = Date.now();
    for (const { proof, refuse } of this.#calls) if (!proof.holds(now)) refuse(noLongerGood());
    if (this.#calls.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
