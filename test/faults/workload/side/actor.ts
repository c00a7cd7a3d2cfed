import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../random.ts';

/** Somebody who does one thing after the other, whatever comes of it. */
export interface Actor {
  /** How long it rests after each step, at most. */
  readonly pauseMsMax: number;
  step(): Promise<void>;
}

/** Resolves when the actor has finished the step during which the signal fired. */
export async function act(actor: Actor, random: Random, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await actor.step();
    await sleep(random.between(0, actor.pauseMsMax));
  }
}
