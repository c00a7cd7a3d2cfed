import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { threadStoreVersion } from '../version.ts';
import { CallMetrics } from './call-metrics.ts';
import { appendGroupMetrics } from './store-metrics.ts';

/** What the service counts and measures. No label holds a thread, a tenant or content. */
export class Metrics {
  readonly registry = new Registry();
  readonly calls = new CallMetrics(this.registry);
  readonly onAppendGroup = appendGroupMetrics(this.registry);

  /** `isReady` is asked when somebody asks for the metrics. */
  constructor(isReady: () => boolean) {
    // The process, its memory and garbage collections, and the delay of the event loop.
    collectDefaultMetrics({ register: this.registry });
    const registers = [this.registry];
    new Gauge({
      name: 'threadstore_build_info',
      help: 'Always 1; its labels tell the version',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version: threadStoreVersion, node: process.versions.node }, 1);
    new Gauge({
      name: 'threadstore_ready',
      help: '1 while calls are served, else 0: as /readyz and gRPC health say it',
      registers,
      collect() {
        this.set(isReady() ? 1 : 0);
      },
    });
  }
}
