import { Gauge, Histogram, type Registry } from 'prom-client';

/** A group of appends that were committed together, or failed together. */
export interface AppendGroup {
  readonly batches: number;
  readonly items: number;
  readonly ms: number;
}

/** The connections to a database. */
export interface Connections {
  readonly idle: number;
  readonly used: number;
  /** How many wait for one. */
  readonly waiting: number;
  readonly max: number;
}

/** Observes the groups in which appends are committed. */
export function appendGroupMetrics(registry: Registry): (group: AppendGroup) => void {
  const batches = new Histogram({
    name: 'threadstore_append_group_batches',
    help: 'Batches of items that were committed together',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    registers: [registry],
  });
  const items = new Histogram({
    name: 'threadstore_append_group_items',
    help: 'Items that were committed together',
    buckets: [1, 4, 16, 64, 256, 1_024, 4_096],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'threadstore_append_group_duration_seconds',
    help: 'How long the statement and the commit of a group took, the wait for a connection included',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return (group) => {
    batches.observe(group.batches);
    items.observe(group.items);
    duration.observe(group.ms / 1_000);
  };
}

/** Shows the connections to the database, as they are when somebody asks. Named by OpenTelemetry's semantic conventions. */
export function connectionMetrics(registry: Registry, connections: () => Connections): void {
  const registers = [registry];
  new Gauge({
    name: 'db_client_connection_count',
    help: 'Connections to the database, by state',
    labelNames: ['db_client_connection_state'],
    registers,
    collect() {
      const { idle, used } = connections();
      this.set({ db_client_connection_state: 'idle' }, idle);
      this.set({ db_client_connection_state: 'used' }, used);
    },
  });
  new Gauge({
    name: 'db_client_connection_pending_requests',
    help: 'Statements and transactions that wait for a connection to the database',
    registers,
    collect() {
      this.set(connections().waiting);
    },
  });
  new Gauge({
    name: 'db_client_connection_max',
    help: 'Connections to the database that the pool may open',
    registers,
    collect() {
      this.set(connections().max);
    },
  });
}
