import type { ThreadStoreError } from '@threadstore/core';
import type { ThreadStoreHandlers } from '@threadstore/protocol';
import { errorFields } from '../error-fields.ts';
import type { Logger } from '../log.ts';
import { AppendFlow, type AppendStreamLimits } from './append-flow.ts';
import { AppendStream } from './append-stream.ts';
import { loggedId, type Call } from './begin-call.ts';
import type { AppendEnd } from './call-observer.ts';

type Answers = ReturnType<ThreadStoreHandlers['appendStream']>;
type Requests = Parameters<ThreadStoreHandlers['appendStream']>[0];

export interface AppendStreamsOptions {
  readonly limits: AppendStreamLimits;
  readonly logger: Logger;
  readonly onAppended: (append: AppendEnd) => void;
}

/** How far apart the ends of streams are that began together, as a part of their age. */
const ageSpread = 0.2;

/** The streams of appends of a server. */
export class AppendStreams {
  readonly #options: AppendStreamsOptions;
  readonly #flow: AppendFlow;
  readonly #open = new Set<AppendStream>();
  #isDraining = false;

  constructor(options: AppendStreamsOptions) {
    this.#options = options;
    this.#flow = new AppendFlow(options.limits);
  }

  /** One stream, until its caller ends it, it is old, or the server drains. */
  async *answers(requests: Requests, { store, signal, record }: Call): Answers {
    const { limits, logger, onAppended } = this.#options;
    const onFault = (fault: ThreadStoreError, of: string | undefined): void => {
      const { requestId, rpc } = record;
      const threadId = loggedId(of);
      const fields = { requestId, rpc, reason: fault.reason, ...(threadId === undefined ? {} : { threadId }) };
      logger.error({ ...fields, error: errorFields(fault.cause) }, 'append failed');
    };
    const stream = new AppendStream({ store, flow: this.#flow.open(), record, signal, onFault, onAppended });
    const ageMs = limits.ageMsMax * (1 - ageSpread * Math.random());
    const old = setTimeout(() => stream.stop(), ageMs).unref();
    this.#open.add(stream);
    if (this.#isDraining) stream.stop();
    try {
      yield* stream.answers(requests);
    } finally {
      clearTimeout(old);
      this.#open.delete(stream);
    }
  }

  /** Lets all streams end as soon as what they have read is answered, those that begin later, too. */
  drain(): void {
    this.#isDraining = true;
    this.endAll();
  }

  /** Lets all streams end as soon as what they have read is answered. Others may begin. */
  endAll(): void {
    for (const stream of this.#open) stream.stop();
  }
}
