import { createServer } from 'node:net';
import { askHealth } from '../../rpc/health-client.ts';
import type { ProbeTls } from '../../rpc/probe-channel.ts';
import { offersReflection } from '../../rpc/reflection-client.ts';
import { threadStoreVersion } from '../../version.ts';
import type { HostAndPort } from '../settings/readers.ts';
import { ok, warning, wrong, type Finding } from './finding.ts';

/** Asks a running service. Rejects only for certificates that are none. */
export async function examineService(
  endpoint: string,
  deadlineMs: number,
  tls?: ProbeTls,
): Promise<readonly Finding[]> {
  const { status, version } = await askHealth(endpoint, deadlineMs, tls);
  const check = `service ${endpoint}`;
  if (version === null) return [wrong(check, 'no threadstore answers', 'start one, or correct --endpoint')];
  const health =
    status === 'SERVING'
      ? ok(check, 'SERVING')
      : wrong(check, status, 'look for "not ready" in its log, or ask its /readyz');
  const versions =
    version === threadStoreVersion
      ? ok(`${check} version`, version)
      : warning(`${check} version`, `${version}, and this command is ${threadStoreVersion}`, 'finish the upgrade');
  const reflection = (await offersReflection(endpoint, deadlineMs, tls))
    ? warning(`${check} reflection`, 'on: it tells anybody what can be called', 'serve with --no-reflection')
    : ok(`${check} reflection`, 'off');
  return [health, versions, reflection];
}

/** Whether a service that is started here would get its address. Never rejects. */
export async function examineListen({ host, port }: HostAndPort): Promise<Finding> {
  const shown = `${host === '' ? '0.0.0.0' : host}:${port}`;
  const server = createServer();
  const code = await new Promise<string | null>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.name));
    server.listen({ host: host === '' ? '0.0.0.0' : host, port }, () => resolve(null));
  });
  if (server.listening) await new Promise((resolve) => server.close(resolve));
  if (code === null) return ok('listen', `${shown} is free`);
  if (code === 'EADDRINUSE')
    return warning('listen', `${shown} is in use`, 'fine if that is your service; else choose another --listen');
  return wrong('listen', `${shown} can't be had (${code})`, 'choose another --listen');
}

/** The Node that runs this; the command itself refuses one that is too old. */
export function examineNode(version: string): Finding {
  const major = Number(version.split('.')[0]);
  // Even numbers are the ones that are cared for over years.
  if (major % 2 === 0) return ok('node', version);
  return warning('node', `${version} is no long-term release`, 'run a release with an even number, 22 or newer');
}
