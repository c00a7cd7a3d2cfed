import { isLoopback } from '../../host.ts';
import type { Logger } from '../../log.ts';
import { ListenError, type ThreadStoreServer } from '../../service-host.ts';
import { CliError, usageError } from '../cli-error.ts';
import type { Opening } from '../security/access.ts';
import type { HostAndPort } from '../settings/readers.ts';
import type { ResolvedSettings, Resolved } from '../settings/setting.ts';
import type { codexSettings } from '../settings/settings.ts';

/** A server, and the setting that says where it listens. */
export interface Listener {
  readonly server: ThreadStoreServer;
  readonly at: Resolved<HostAndPort>;
  readonly opening: Opening;
}

const warnings: Readonly<Record<Exclude<Opening, null>, string>> = {
  everybody: 'listening beyond loopback: whoever reaches this address may read and write all threads',
  plaintext: 'listening beyond loopback without TLS: whoever can listen to the network can take credentials from it',
};

/** Where Codex is served; `null`: nowhere. Refuses an address beyond loopback that nobody has said is meant. */
export function codexAddress({
  codexListen,
  codexAllowRemote,
}: ResolvedSettings<typeof codexSettings>): Resolved<HostAndPort> | null {
  const { value, name } = codexListen;
  if (value === null) return null;
  if (!isLoopback(value.host) && !codexAllowRemote.value) {
    throw usageError(
      `${name}: beyond loopback anybody could read and write all threads, for Codex shows no credentials ` +
        '(with something before it that keeps others out, say --codex-allow-remote)',
    );
  }
  return { ...codexListen, value };
}

/** Listens, warns of what that opens, and tells the address. */
export async function listen({ server, at: { value, name }, opening }: Listener, logger: Logger): Promise<string> {
  const wanted = addressText(value.host === '' ? '0.0.0.0' : value.host, value.port);
  const address = await server.listen(wanted).then(
    ({ host, port }) => `${host}:${port}`,
    (error: unknown) => {
      throw listenFault(error, name, wanted);
    },
  );
  if (opening !== null) logger.warn({ listen: address }, warnings[opening]);
  return address;
}

/** What to tell of a listener that could not have its address, which the setting of that name gave. */
export function listenFault(error: unknown, name: string, wanted: string): unknown {
  if (!(error instanceof ListenError)) return error;
  if (error.code !== 'EADDRINUSE') return new CliError(`${name}: ${error.message}`);
  return new CliError(`${name}: ${wanted} is in use by another process (choose another address with ${name})`);
}

export function addressText(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
