import { Gauge, Histogram, type Registry } from 'prom-client';
import type { AppendOutcome, CallObserver } from '../rpc/call-observer.ts';
import type { CallRecord } from '../rpc/call-record.ts';
import { Tally } from './tally.ts';

/** Those of the semantic conventions. */
const durationBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Calls of which the items are counted one append at a time. */
const appending: ReadonlySet<string> = new Set(['AppendItems', 'AppendStream']);

/** What is counted of calls and appends, after OpenTelemetry's semantic conventions for RPC where these have a name for it. */
export class CallMetrics {
  readonly #duration: Histogram<'rpc_system_name' | 'rpc_method' | 'rpc_response_status_code'>;
  readonly #inFlight: Gauge<'rpc_method'>;
  readonly #refusals: Tally<string>;
  readonly #appends: Tally<AppendOutcome>;
  readonly #items: Tally<'received' | 'sent'>;
  readonly #bytes: Tally<'received' | 'sent'>;

  constructor(registry: Registry) {
    this.#duration = new Histogram({
      name: 'rpc_server_call_duration_seconds',
      help: 'How long calls took, by method and gRPC status. AppendStream lasts for minutes: see threadstore_appends_total',
      labelNames: ['rpc_system_name', 'rpc_method', 'rpc_response_status_code'],
      buckets: durationBuckets,
      registers: [registry],
    });
    this.#inFlight = new Gauge({
      name: 'threadstore_calls_in_flight',
      help: 'Calls under way, by method; those of AppendStream are the open streams of appends',
      labelNames: ['rpc_method'],
      registers: [registry],
    });
    this.#refusals = new Tally(registry, {
      name: 'threadstore_refusals_total',
      help: 'Calls that failed, by the reason that their callers were told: leases, fences, limits, faults. Appends of a stream are not among them',
      label: 'reason',
    });
    this.#appends = new Tally(registry, {
      name: 'threadstore_appends_total',
      help: 'Appends, of streams and of calls of their own, by what became of them: stored, duplicate, or the reason of the refusal',
      label: 'outcome',
    });
    this.#items = new Tally(registry, {
      name: 'threadstore_items_total',
      help: 'Items of threads received and sent',
      label: 'direction',
    });
    this.#bytes = new Tally(registry, {
      name: 'threadstore_item_bytes_total',
      help: 'Bytes of the texts of items received and sent',
      label: 'direction',
    });
  }

  /** Observes the calls of a listener for the service of that name. */
  of(service: string): CallObserver {
    // A method that the server has, or one name for all others: nothing that a caller makes up.
    const method = ({ isOwn, rpc }: CallRecord): string => (isOwn ? `${service}/${rpc}` : rpc);
    return {
      begun: (record) => this.#inFlight.inc({ rpc_method: method(record) }),
      ended: (record, { code, ms }) => {
        const rpc_method = method(record);
        this.#inFlight.dec({ rpc_method });
        this.#duration.observe({ rpc_system_name: 'grpc', rpc_method, rpc_response_status_code: code }, ms / 1_000);
        if (record.reason !== undefined) this.#refusals.add(record.reason);
        if (record.isOwn && !appending.has(record.rpc)) this.#move('sent', record.items, record.bytes);
      },
      appended: ({ outcome, items, bytes }) => {
        this.#appends.add(outcome);
        this.#move('received', items, bytes);
      },
    };
  }

  #move(direction: 'received' | 'sent', items = 0, bytes = 0): void {
    if (items === 0) return;
    this.#items.add(direction, items);
    this.#bytes.add(direction, bytes);
  }
}
