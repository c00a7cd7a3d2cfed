import { LoadProcess } from '../load/load-process.ts';
import type { LoadTarget } from '../load/load.ts';
import type { LoadName } from '../load/loads.ts';
import type { Timing } from '../measuring/timing.ts';

/** One of those that are compared. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  /** Where what it writes ends up. */
  readonly database: string;
  /** Name of the contender of ours that is measured against it; absent for our own. */
  readonly rivalOf?: string;
  /** Before a round, and not measured. */
  readonly enter?: () => Promise<void>;
  /** After a round, and not measured. */
  readonly leave?: () => Promise<void>;
  round(seconds: number): Promise<Timing>;
  /** CPU time so far in milliseconds, of the client and of the service; null where there is none or it can't be told. */
  cpuMs(): { readonly client: number | null; readonly server: number | null };
}

export interface LoadContender extends Pick<Contender, 'name' | 'database' | 'rivalOf' | 'enter' | 'leave'> {
  readonly load: LoadName;
  readonly target: LoadTarget;
  /** CPU time of the service. */
  readonly serverCpuMs?: () => number | null;
}

/** A contender whose client is a load. */
export async function loadContender({ load: name, target, serverCpuMs, ...rest }: LoadContender): Promise<Contender> {
  const load = await LoadProcess.start(name, target);
  return {
    ...rest,
    round: (seconds) => load.round(seconds),
    cpuMs: () => ({ client: load.cpuMs(), server: serverCpuMs?.() ?? null }),
    [Symbol.asyncDispose]: () => load[Symbol.asyncDispose](),
  };
}
