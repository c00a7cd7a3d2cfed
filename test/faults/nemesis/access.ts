import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startThreadstore } from '@threadstore/testkit';
import type { Tenant } from '../history/tenants.ts';

/** A token for each tenant of a run, and the file by which the service knows them. Gone with the run. */
export class Access implements Disposable {
  readonly tokensFile: string;
  readonly tokens: Readonly<Record<Tenant, string>>;
  readonly #folder: string;

  private constructor(folder: string, tokensFile: string, tokens: Readonly<Record<Tenant, string>>) {
    this.#folder = folder;
    this.tokensFile = tokensFile;
    this.tokens = tokens;
  }

  /** `apart`: as it should be; otherwise the service takes the intruder for the owner. */
  static async create(apart: boolean): Promise<Access> {
    const folder = mkdtempSync(join(tmpdir(), 'threadstore-nemesis-access-'));
    try {
      const file = join(folder, 'tokens.json');
      const owner = await createToken(file, 'owner');
      return new Access(folder, file, { owner, intruder: await createToken(file, apart ? 'intruder' : 'owner') });
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

async function createToken(file: string, tenant: Tenant): Promise<string> {
  await using made = await startThreadstore(['tokens', 'create', '--tokens-file', file, '--tenant', tenant]);
  const { code } = await made.ended;
  if (code !== 0) throw new Error(`a token could not be made: ${made.stderr()}`);
  return made.stdout().trim();
}
