import type { AppendGroup, Database } from '@threadstore/postgres';
import { auditFile, auditToLog, type AuditLog } from '../../audit/audit-log.ts';
import { auditObserver } from '../../audit/audit-observer.ts';
import type { AuditRule } from '../../audit/audited-calls.ts';
import type { Logger } from '../../log.ts';
import { Metrics } from '../../metrics/metrics.ts';
import { connectionMetrics } from '../../metrics/store-metrics.ts';
import { OpsListener } from '../../ops-listener.ts';
import { ReadinessProbe } from '../../readiness/readiness-probe.ts';
import { Readiness } from '../../readiness/readiness.ts';
import type { CallObserver } from '../../rpc/call-observer.ts';
import { usageError } from '../cli-error.ts';
import { failureText } from '../failure-text.ts';
import type { operationsSettings } from '../settings/operations-settings.ts';
import type { Resolved, ResolvedSettings } from '../settings/setting.ts';
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
  readonly #audit: AuditLog | undefined;
  #listener: OpsListener | undefined;
  #probe: ReadinessProbe | undefined;
  #probed: Database | undefined;

  private constructor(logger: Logger, metrics: boolean, audit: AuditLog | undefined) {
    this.#logger = logger;
    this.#audit = audit;
    if (audit !== undefined) process.on('SIGHUP', audit.reopen);
    // Nothing is counted that nobody can see.
    this.#metrics = metrics ? new Metrics(() => this.readiness.unready === null) : undefined;
    this.onAppendGroup = this.#metrics?.onAppendGroup;
  }

  /** Before anything else: to say that the process lives while it opens a database, and migrates it. */
  static async start(
    { metricsListen: { value: at, name }, auditLog }: ResolvedSettings<typeof operationsSettings>,
    logger: Logger,
  ): Promise<Operations> {
    const operations = new Operations(logger, at !== null, openAuditLog(auditLog, logger));
    const metrics = operations.#metrics;
    if (at === null || metrics === undefined) return operations;
    const host = at.host === '' ? '0.0.0.0' : at.host;
    const listener = new OpsListener({ readiness: operations.readiness, metrics: metrics.registry, logger });
    const bound = await listener.listen(host, at.port).catch((error: unknown) => {
      throw listenFault(error, name, addressText(host, at.port));
    });
    operations.#listener = listener;
    operations.address = addressText(bound.host, bound.port);
    return operations;
  }

  /** Those of a listener for the service of that name, of whose methods these are audited. */
  observersOf(service: string, audited: Readonly<Record<string, AuditRule>>): readonly CallObserver[] {
    return [
      ...(this.#metrics === undefined ? [] : [this.#metrics.calls.of(service)]),
      ...(this.#audit === undefined ? [] : [auditObserver(service, audited, this.#audit.write)]),
    ];
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
    if (this.#audit === undefined) return;
    process.off('SIGHUP', this.#audit.reopen);
    this.#audit[Symbol.dispose]();
  }

  async #endProbe(): Promise<void> {
    await this.#probe?.[Symbol.asyncDispose]();
    // One that hangs is given up by itself, and is nothing to wait for.
    void this.#probed?.close().catch(() => undefined);
  }
}

function openAuditLog({ value, name }: Resolved<string | null>, logger: Logger): AuditLog | undefined {
  if (value === null) return undefined;
  if (value === '-') return auditToLog(logger);
  try {
    return auditFile(value, logger);
  } catch (error) {
    throw usageError(`${name}: ${failureText(error)}`);
  }
}
