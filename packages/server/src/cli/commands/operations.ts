import type { AppendGroup, Database } from '@threadstore/postgres';
import type { Logger } from '../../log.ts';
import { Metrics } from '../../metrics/metrics.ts';
import { connectionMetrics } from '../../metrics/store-metrics.ts';
import { OpsListener } from '../../ops-listener.ts';
import { ReadinessProbe } from '../../readiness/readiness-probe.ts';
import { Readiness } from '../../readiness/readiness.ts';
import type { CallObserver } from '../../rpc/call-observer.ts';
import type { operationsSettings } from '../settings/operations-settings.ts';
import type { ResolvedSettings } from '../settings/setting.ts';
import { storageFault, type Storage } from '../storage.ts';
import { addressText, listenFault } from './listeners.ts';

/** What those who watch over a service are shown: whether it is ready, and, where there is a listener for it, what it counts. */
export class Operations implements AsyncDisposable {
  readonly readiness = new Readiness({ reason: 'the service is starting', refuses: false });
  /** Told of each group of appends. */
  readonly onAppendGroup: ((group: AppendGroup) => void) | undefined;
  /** Where the listener is. */
  address: string | undefined;
  readonly #logger: Logger;
  readonly #metrics: Metrics | undefined;
  #listener: OpsListener | undefined;
  #probe: ReadinessProbe | undefined;
  #probed: Database | undefined;

  private constructor(logger: Logger, metrics: boolean) {
    this.#logger = logger;
    // Nothing is counted that nobody can see.
    this.#metrics = metrics ? new Metrics(() => this.readiness.unready === null) : undefined;
    this.onAppendGroup = this.#metrics?.onAppendGroup;
  }

  /** Before anything else: to say that the process lives while it opens a database, and migrates it. */
  static async start(
    { metricsListen: { value: at, name } }: ResolvedSettings<typeof operationsSettings>,
    logger: Logger,
  ): Promise<Operations> {
    const operations = new Operations(logger, at !== null);
    const metrics = operations.#metrics;
    if (at === null || metrics === undefined) return operations;
    const host = at.host === '' ? '0.0.0.0' : at.host;
    const listener = new OpsListener({ readiness: operations.readiness, metrics: metrics.registry });
    const bound = await listener.listen(host, at.port).catch((error: unknown) => {
      throw listenFault(error, name, addressText(host, at.port));
    });
    operations.#listener = listener;
    operations.address = addressText(bound.host, bound.port);
    return operations;
  }

  /** Those of a listener for the service of that name. */
  observersOf(service: string): readonly CallObserver[] {
    return this.#metrics === undefined ? [] : [this.#metrics.calls.of(service)];
  }

  opened({ database: { connections } }: Storage): void {
    if (this.#metrics !== undefined && connections !== undefined)
      connectionMetrics(this.#metrics.registry, connections);
  }

  /** From now on calls are served, as long as the database is there and its schema fits. */
  serving({ openProbe }: Storage): void {
    this.readiness.set(null);
    if (openProbe === null) return;
    const probed = openProbe();
    const ask = (): ReturnType<typeof storageFault> => storageFault(probed);
    this.#probed = probed;
    this.#probe = new ReadinessProbe({ readiness: this.readiness, logger: this.#logger, ask });
  }

  async draining(): Promise<void> {
    await this.#endProbe();
    this.readiness.set({ reason: 'the service is shutting down', refuses: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endProbe();
    await this.#listener?.[Symbol.asyncDispose]();
  }

  async #endProbe(): Promise<void> {
    await this.#probe?.[Symbol.asyncDispose]();
    // One that hangs is given up by itself, and is nothing to wait for.
    void this.#probed?.close().catch(() => undefined);
  }
}
