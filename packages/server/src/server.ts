import type { Limits, ThreadStore } from '@threadstore/core';
import { resolveLimits } from '@threadstore/core/internal';
import { addService, ThreadStoreService } from '@threadstore/protocol';
import type { Principal } from './auth/principal.ts';
import { channelOptions } from './channel-options.ts';
import { Admission } from './limits/admission.ts';
import { silentLogger } from './log.ts';
import { defaultAppendStreamLimits, type AppendStreamLimits } from './rpc/append-flow.ts';
import { AppendStreams } from './rpc/append-streams.ts';
import { appendObserver } from './rpc/call-observer.ts';
import { threadStoreHandlers } from './rpc/thread-store-handlers.ts';
import { hostService, type HostOptions, type ThreadStoreServer } from './service-host.ts';

export interface ThreadStoreServerOptions extends HostOptions {
  /** What is served: one store to everybody, or to each caller that of its tenant. It stays the caller's: `drain` closes none. */
  readonly store: ThreadStore | ((principal: Principal) => ThreadStore);
  /** Those of the store, by which the largest message is reckoned. Default: `defaultLimits`. */
  readonly limits?: Partial<Limits>;
  /** How much may be unanswered on streams of appends, for the memory that they take. */
  readonly appendStreamLimits?: Partial<AppendStreamLimits>;
}

/** A gRPC server of `threadstore.v1.ThreadStoreService` over any store, with health and, unless refused, reflection. */
export function createThreadStoreServer(options: ThreadStoreServerOptions): ThreadStoreServer {
  const { store, logger = silentLogger } = options;
  const storeOf = typeof store === 'function' ? store : (): ThreadStore => store;
  const onAppended = appendObserver(options.observers ?? []);
  const admission = new Admission(options.serviceLimits);
  const appendStreams = new AppendStreams({
    limits: { ...defaultAppendStreamLimits, ...options.appendStreamLimits },
    rateOf: (tenant) => admission.rateOf(tenant),
    logger,
    onAppended,
  });
  return hostService(
    {
      desc: ThreadStoreService,
      channelOptions: channelOptions(resolveLimits(options.limits)),
      admission,
      add: (server, records, onError) =>
        addService(server, ThreadStoreService, threadStoreHandlers({ storeOf, records, appendStreams, onAppended }), {
          onError,
        }),
      pause: () => appendStreams.endAll(),
      drain: () => appendStreams.drain(),
    },
    options,
  );
}
