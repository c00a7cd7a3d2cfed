import { readFile } from 'node:fs/promises';
import type { TlsOptions } from '@threadstore/client';
import { ThreadStoreError, type ThreadStore } from '@threadstore/core';
import { readSecretFile } from '../../auth/secret-file.ts';
import { CliError, usageError } from '../cli-error.ts';
import { failureText } from '../failure-text.ts';
import type { Resolved, ResolvedSettings } from '../settings/setting.ts';
import { tokenVariable, type clientSettings, type versionSettings } from '../settings/settings.ts';

type ClientSettings = ResolvedSettings<typeof clientSettings>;
type TlsSettings = Omit<ResolvedSettings<typeof versionSettings>, 'deadlineMs'>;

/** Does something with the store behind the endpoint, and lets go of it. */
export async function withRemoteStore<T>(
  settings: ClientSettings,
  work: (store: ThreadStore) => Promise<T>,
): Promise<T> {
  const { endpoint, deadlineMs } = settings;
  const [tls, token] = await Promise.all([tlsOf(settings), tokenOf(settings)]);
  // Loaded when it is used: a command that only prints its help should not wait for the transport.
  const { RemoteThreadStore } = await import('@threadstore/client');
  const options = {
    endpoint: endpoint.value,
    deadlineMs: deadlineMs.value,
    ...(tls === undefined ? {} : { tls }),
    ...(token === undefined ? {} : { credentials: { token } }),
  };
  await using store = usable(() => new RemoteThreadStore(options));
  try {
    return await work(store);
  } catch (error) {
    throw unreachable(error, endpoint.value) ?? error;
  }
}

/** What the client refuses at once is in the settings. */
function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw error instanceof TypeError ? usageError(error.message) : error;
  }
}

/** How TLS is to be made; `undefined`: the endpoint says whether it is. */
export async function tlsOf({ tlsCa, tlsCert, tlsKey, tlsServerName }: TlsSettings): Promise<TlsOptions | undefined> {
  if ([tlsCa, tlsCert, tlsKey, tlsServerName].every(({ value }) => value === null)) return undefined;
  const [ca, cert, key] = await Promise.all([
    contents(tlsCa, (path) => readFile(path, 'utf8')),
    contents(tlsCert, (path) => readFile(path, 'utf8')),
    contents(tlsKey, (path) => readSecretFile(path, 'group')),
  ]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(tlsServerName.value === null ? {} : { serverName: tlsServerName.value }),
  };
}

async function tokenOf({ tokenFile }: ClientSettings): Promise<string | undefined> {
  if (tokenFile.name === tokenVariable) return tokenFile.value.trim();
  return (await contents(tokenFile, (path) => readSecretFile(path, 'group')))?.trim();
}

async function contents(
  { value, name }: Resolved<string>,
  read: (path: string) => Promise<string>,
): Promise<string | undefined> {
  if (value === null) return undefined;
  try {
    return await read(value);
  } catch (error) {
    const text = failureText(error);
    throw usageError(`${name}: ${text.startsWith(value) ? text : `${value}: ${text}`}`);
  }
}

/** Says whom it could not reach; the store's own errors name no host. */
export function unreachable(error: unknown, endpoint: string): CliError | undefined {
  if (!(error instanceof ThreadStoreError)) return undefined;
  const isNoAnswer = error.reason === 'BACKEND_UNAVAILABLE' && !error.remote;
  return isNoAnswer ? new CliError(`no service answers at ${endpoint} (start one with: threadstore serve)`) : undefined;
}
