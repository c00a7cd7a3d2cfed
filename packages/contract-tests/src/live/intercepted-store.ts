import type { ThreadStore } from '@threadstore/core';

type Methods = {
  [K in keyof ThreadStore as ThreadStore[K] extends (...args: never) => unknown ? K : never]: ThreadStore[K];
};

/** What happens in the place of a call; `next` makes the call of the store itself. */
export type Interceptors = {
  readonly [K in keyof Methods]?: (next: Methods[K], ...args: Parameters<Methods[K]>) => ReturnType<Methods[K]>;
};

/** A store whose calls go through functions of a test: to fail them, to hold them back, to count them. */
export function interceptedStore(store: ThreadStore, interceptors: Interceptors): ThreadStore {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const method = (...args: unknown[]): unknown => Reflect.apply(value, target, args) as unknown;
      const interceptor = (
        interceptors as Readonly<Record<PropertyKey, ((...args: unknown[]) => unknown) | undefined>>
      )[key];
      return interceptor === undefined ? method : (...args: unknown[]) => interceptor(method, ...args);
    },
  });
}

/** One call, as the store got it. */
export interface RecordedCall {
  readonly operation: string;
  readonly params: unknown;
}

/** A store that records its calls in their order. */
export function recordedStore(store: ThreadStore): { readonly store: ThreadStore; readonly calls: RecordedCall[] } {
  const calls: RecordedCall[] = [];
  const recorded = new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        calls.push({ operation: String(key), params: args[0] });
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
  return { store: recorded, calls };
}
