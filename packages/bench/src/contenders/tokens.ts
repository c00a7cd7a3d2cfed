import { startThreadstore } from '@threadstore/testkit';

/** A new bearer token, which the file lists from now on. Of the tenant, or of the default one. */
export async function newToken(tokensFile: string, tenant?: string): Promise<string> {
  const whose = tenant === undefined ? [] : ['--tenant', tenant];
  await using created = await startThreadstore(['tokens', 'create', '--tokens-file', tokensFile, ...whose]);
  const { code } = await created.ended;
  if (code !== 0) throw new Error(`threadstore tokens create: exit code ${code}: ${created.stderr()}`);
  return created.stdout().trim();
}
