import * as grpc from '@grpc/grpc-js';
import type { AppendItemsParams, RenewLeasesParams } from '@threadstore/core';
import {
  appendStreamAnswersFromWire,
  appendStreamRequestToWire,
  createClient,
  encodeAppend,
  ThreadStoreService,
  type AppendAnswer,
  type RenewalAnswer,
  type ThreadStoreCallers,
} from '@threadstore/protocol';
import { waitFor } from '@threadstore/testkit';

/** A stream of appends without what a client of ours makes of it. */
export interface AppendTalk {
  /** Sends one message. */
  readonly send: (appends: readonly AppendItemsParams[], renewals?: readonly RenewLeasesParams[]) => void;
  readonly call: ReturnType<ThreadStoreCallers['appendStream']>;
  /** In the order in which they came. */
  readonly appends: readonly AppendAnswer[];
  readonly renewals: readonly RenewalAnswer[];
  /** How many messages brought them. */
  readonly messages: () => number;
  /** Resolves when so many appends are answered, to their outcomes by number. */
  readonly outcomes: (count: number) => Promise<readonly AppendAnswer['outcome'][]>;
  /** Resolves when the call has ended: `null` for OK. */
  readonly ended: () => Promise<grpc.ServiceError | null>;
}

/** A connection for streams of appends. */
export class AppendClient implements Disposable {
  readonly channel: grpc.Client;
  readonly callers: ThreadStoreCallers;

  constructor(endpoint: string) {
    this.channel = new grpc.Client(endpoint, grpc.credentials.createInsecure());
    this.callers = createClient(ThreadStoreService, this.channel);
  }

  open(): AppendTalk {
    const appends: AppendAnswer[] = [];
    const renewals: RenewalAnswer[] = [];
    let messages = 0;
    let end: { readonly error: grpc.ServiceError | null } | undefined;
    const call = this.callers.appendStream({
      onMessage: (message) => {
        const answers = appendStreamAnswersFromWire(message);
        messages += 1;
        appends.push(...answers.appends);
        renewals.push(...answers.renewals);
      },
      onDrain: () => undefined,
      onEnd: (error) => {
        end = { error };
      },
    });
    return {
      call,
      appends,
      renewals,
      messages: () => messages,
      send: (more, moreRenewals = []) =>
        void call.write(appendStreamRequestToWire(more.map(encodeAppend), moreRenewals)),
      outcomes: async (count) => {
        await waitFor(() => appends.length >= count, { what: `${count} answers` });
        return appends.toSorted((a, b) => a.number - b.number).map(({ outcome }) => outcome);
      },
      ended: async () => (await waitFor(() => end, { what: 'the end of the call' })).error,
    };
  }

  [Symbol.dispose](): void {
    this.channel.close();
  }
}
