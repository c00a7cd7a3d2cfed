import { join } from 'node:path';
import type { BenchPostgres } from '../postgres/bench-postgres.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Service, startService } from './service.ts';
import { newToken } from './tokens.ts';

export interface SharedService extends Service {
  /** The bearer token of each of its tenants. */
  readonly tokens: { readonly quiet: string; readonly noisy: string };
}

/** A service of two tenants, each of which may send so many calls and appends a second. */
export async function startForTwo(
  postgres: BenchPostgres,
  tenantRate: number,
  database = 'neighbours',
): Promise<SharedService> {
  const folder = temporaryFolder();
  const tokensFile = join(folder.path, 'tokens.json');
  const tokens = { quiet: await newToken(tokensFile, 'quiet'), noisy: await newToken(tokensFile, 'noisy') };
  const args = ['--tokens-file', tokensFile, '--tenant-rate', String(tenantRate)];
  const service = await startService(postgres, { database, args });
  return {
    ...service,
    tokens,
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
