import * as grpc from '@grpc/grpc-js';

const { createResolver, registerResolver, statusOrFromError, statusOrFromValue } = grpc.experimental;
type Endpoint = grpc.experimental.Endpoint;
type Target = grpc.experimental.GrpcUri;
type Listener = grpc.experimental.ResolverListener;
type Resolver = grpc.experimental.Resolver;

/** The scheme of a target that lists others: `threadstore:dns:10.0.0.1:50051,dns:threads.internal:50051`. */
export const listScheme = 'threadstore';

/** Resolves a list of targets to the addresses of all of them. One that can't be resolved leaves the others as they are. */
class ListResolver implements Resolver {
  readonly #target: Target;
  readonly #listener: Listener;
  readonly #parts: Resolver[];
  /** What each target was last resolved to; `undefined` before it was resolved at all, `[]` when that failed. */
  readonly #found: (Endpoint[] | undefined)[];
  #isDestroyed = false;
  #isReporting = false;

  constructor(target: Target, listener: Listener, channelOptions: grpc.ChannelOptions) {
    this.#target = target;
    this.#listener = listener;
    const targets = target.path.split(',').map(parseTarget);
    this.#found = targets.map(() => undefined);
    this.#parts = targets.map((part, index) =>
      createResolver(
        part,
        (endpoints) => {
          if (endpoints.ok) this.#found[index] = endpoints.value;
          // Addresses that were good before are better than none.
          else this.#found[index] ??= [];
          this.#reportSoon();
          return true;
        },
        channelOptions,
      ),
    );
  }

  updateResolution(): void {
    this.#isDestroyed = false;
    for (const part of this.#parts) part.updateResolution();
  }

  destroy(): void {
    this.#isDestroyed = true;
    for (const part of this.#parts) part.destroy();
  }

  /** The first host. The path of a socket is no authority: HTTP/2 refuses what is sent under one. */
  static getDefaultAuthority(target: Target): string {
    const hosts = target.path.split(',').map(parseTarget);
    return hosts.find(({ scheme }) => scheme !== 'unix')?.path ?? 'localhost';
  }

  /** Those that are found at the same time are told together. */
  #reportSoon(): void {
    if (this.#isReporting) return;
    this.#isReporting = true;
    setImmediate(() => {
      this.#isReporting = false;
      if (!this.#isDestroyed) this.#reportNow();
    });
  }

  #reportNow(): void {
    const endpoints = this.#found.flatMap((found) => found ?? []);
    if (endpoints.length > 0) {
      this.#listener(statusOrFromValue(endpoints), {}, null, '');
    } else if (!this.#found.includes(undefined)) {
      const details = `Name resolution failed for target ${this.#target.path}`;
      this.#listener(statusOrFromError({ code: grpc.status.UNAVAILABLE, details }), {}, null, '');
    }
  }
}

function parseTarget(text: string): Target {
  const colon = text.indexOf(':');
  return { scheme: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** Makes the scheme known to grpc-js. */
export function registerListResolver(): void {
  registerResolver(listScheme, ListResolver);
}
