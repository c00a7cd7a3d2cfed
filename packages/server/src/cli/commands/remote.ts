import { ThreadStoreError, type ThreadStore } from '@threadstore/core';
import { CliError } from '../cli-error.ts';
import type { ResolvedSettings } from '../settings/setting.ts';
import type { clientSettings } from '../settings/settings.ts';

/** Does something with the store behind the endpoint, and lets go of it. */
export async function withRemoteStore<T>(
  { endpoint, deadlineMs }: ResolvedSettings<typeof clientSettings>,
  work: (store: ThreadStore) => Promise<T>,
): Promise<T> {
  // Loaded when it is used: a command that only prints its help should not wait for the transport.
  const { RemoteThreadStore } = await import('@threadstore/client');
  await using store = new RemoteThreadStore({ endpoint: endpoint.value, deadlineMs: deadlineMs.value });
  try {
    return await work(store);
  } catch (error) {
    throw unreachable(error, endpoint.value) ?? error;
  }
}

/** Says whom it could not reach; the store's own errors name no host. */
export function unreachable(error: unknown, endpoint: string): CliError | undefined {
  if (!(error instanceof ThreadStoreError)) return undefined;
  const isNoAnswer = error.reason === 'BACKEND_UNAVAILABLE' && !error.remote;
  return isNoAnswer ? new CliError(`no service answers at ${endpoint} (start one with: threadstore serve)`) : undefined;
}
