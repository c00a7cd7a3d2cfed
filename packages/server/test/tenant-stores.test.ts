import { MemoryThreadStore } from '@threadstore/core';
import { waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import type { Principal } from '../src/auth/principal.ts';
import { TenantStores } from '../src/cli/tenant-stores.ts';
import type { Arrival } from '../src/rpc/gate.ts';

const principal = (tenant: string): Principal => ({ tenant, subject: 'x', scopes: new Set() });

/** A call of a tenant that passes; what it returns ends it. */
function call(stores: TenantStores, tenant: string): () => void {
  let end = (): void => undefined;
  stores.enter({
    record: { requestId: 'r', rpc: 'ReadThread', isOwn: true, principal: principal(tenant) },
    onEnd: (callback: () => void) => {
      end = callback;
    },
  } as Arrival);
  return end;
}

function opened(idle: { idleMs: number; idleMax?: number }): {
  stores: TenantStores;
  tenants: string[];
  closed: string[];
} {
  const tenants: string[] = [];
  const closed: string[] = [];
  const open = (tenant: string): MemoryThreadStore => {
    tenants.push(tenant);
    const store = new MemoryThreadStore();
    const close = store.close.bind(store);
    store.close = async () => {
      await close();
      closed.push(tenant);
    };
    return store;
  };
  return { stores: new TenantStores({ open, ...idle }), tenants, closed };
}

test('each tenant has one store, opened when it first calls', async () => {
  const { stores, tenants, closed } = opened({ idleMs: 60_000 });
  const ends = ['a', 'b', 'a'].map((tenant) => call(stores, tenant));
  expect(stores.of(principal('a'))).toBe(stores.of(principal('a')));
  expect(stores.of(principal('a'))).not.toBe(stores.of(principal('b')));
  expect(tenants).toEqual(['a', 'b']);
  for (const end of ends) end();
  await stores[Symbol.asyncDispose]();
  expect(new Set(closed)).toEqual(new Set(['a', 'b']));
});

test('one that no call uses is closed, and opened again for the next call', async () => {
  const { stores, tenants, closed } = opened({ idleMs: 20 });
  const held = stores.hold('kept');
  const long = call(stores, 'long');
  call(stores, 'short')();
  await waitFor(() => closed.includes('short'));
  expect(closed).toEqual(['short']);
  expect(stores.of(principal('kept'))).toBe(held);
  call(stores, 'short');
  expect(tenants).toEqual(['kept', 'long', 'short', 'short']);
  long();
  await waitFor(() => closed.includes('long'));
  await stores[Symbol.asyncDispose]();
});

test('one that fails to close while nobody uses it ends nobody', async () => {
  const store = new MemoryThreadStore();
  let closes = 0;
  store.close = () => {
    closes += 1;
    return Promise.reject(new Error('it hangs'));
  };
  const stores = new TenantStores({ open: () => store, idleMs: 20 });
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  call(stores, 'a')();
  await waitFor(() => closes > 0);
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
  await stores[Symbol.asyncDispose]();
});

test('no more of them stay open for nobody than may', async () => {
  const { stores, closed } = opened({ idleMs: 60, idleMax: 2 });
  const ends = ['a', 'b', 'c', 'd'].map((tenant) => call(stores, tenant));
  for (const end of ends) end();
  await waitFor(() => stores.size <= 2);
  await waitFor(() => closed.length >= 2);
  expect(closed.slice(0, 2)).toEqual(['a', 'b']);
  await stores[Symbol.asyncDispose]();
});
