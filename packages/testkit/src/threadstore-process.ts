import { fileURLToPath } from 'node:url';
import { type StartedProcess, type StartOptions, startProcess } from './started-process.ts';

const bin = fileURLToPath(new URL('../../server/bin/threadstore.js', import.meta.url));

/** Starts the command line of this repository, as built and by its own first line, with arguments: `threadstore <args>`. */
export async function startThreadstore(args: readonly string[], options: StartOptions = {}): Promise<StartedProcess> {
  // A Postgres of the tests runs without fsync.
  const env = { THREADSTORE_ALLOW_UNSAFE_DATABASE: 'true', ...options.env };
  return startProcess(bin, args, { ...options, env });
}

export interface ServingProcess extends StartedProcess {
  /** Where the service listens, as `host:port`. */
  readonly endpoint: string;
}

/**
 * Starts `threadstore serve` on a free port of 127.0.0.1, with further arguments, and resolves once it serves. An argument
 * `--listen` or a variable `THREADSTORE_LISTEN` takes the place of that address.
 */
export async function serveThreadstore(
  args: readonly string[] = [],
  { env, ...options }: Omit<StartOptions, 'ready'> = {},
): Promise<ServingProcess> {
  const started = await startThreadstore(['serve', ...args], {
    ...options,
    env: { THREADSTORE_LISTEN: '127.0.0.1:0', ...env },
    ready: /^threadstore listening on (\S+)$/,
  });
  return { ...started, endpoint: started.readyMatch[1] ?? '' };
}
