import { openBroker } from './broker.ts';

let close: (() => Promise<void>) | undefined;

/** Called by vitest before the first test of a run. */
export async function setup(): Promise<void> {
  close = await openBroker();
}

/** Called by vitest after the last test of a run, also of a failed or an interrupted one. */
export async function teardown(): Promise<void> {
  await close?.();
}
