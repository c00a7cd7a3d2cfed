import { join } from 'node:path';
import type { BenchPostgres } from '../postgres/bench-postgres.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Service, startService } from './service.ts';
import { newToken } from './tokens.ts';

const count = '1000000';
const bytes = '16384MiB';
const dayMs = '86400000';

/** The limits of what callers may have under way, as wide as they may be set: they are looked at all the same, and refuse nobody. */
export const widestLimits: Readonly<Record<string, string>> = {
  '--calls-max': count,
  '--read-streams-max': count,
  '--append-streams-max': count,
  '--request-bytes-max': bytes,
  '--tenant-calls-max': count,
  '--tenant-read-streams-max': count,
  '--tenant-append-streams-max': count,
  '--tenant-request-bytes-max': bytes,
  '--tenant-rate': count,
  '--tenant-bytes-rate': bytes,
  '--call-timeout-ms': dayMs,
  '--stalled-reader-timeout-ms': dayMs,
  '--preface-timeout-ms': dayMs,
  '--connections-max': count,
  '--connections-per-address-max': count,
};

export interface ProtectedService extends Service {
  /** The bearer token that it asks for. */
  readonly token: string;
  readonly auditLog: string;
}

/**
 * A service with all that protects it and tells of it: tokens, a role that row-level security binds, metrics, the audit log, the
 * default limits.
 */
export async function startProtected(postgres: BenchPostgres): Promise<ProtectedService> {
  const folder = temporaryFolder();
  const tokensFile = join(folder.path, 'tokens.json');
  const token = await newToken(tokensFile);
  const auditLog = join(folder.path, 'audit.log');
  const service = await startService(postgres, {
    database: 'protected',
    args: ['--tokens-file', tokensFile, '--metrics-listen', '127.0.0.1:0', '--audit-log', auditLog],
    logs: true,
  });
  return {
    ...service,
    token,
    auditLog,
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** The same without any of it: for everybody, as a superuser, with the widest limits. */
export async function startBare(postgres: BenchPostgres): Promise<Service> {
  const args = Object.entries(widestLimits).flat();
  return startService(postgres, { database: 'bare', args, superuser: true, logs: true });
}
