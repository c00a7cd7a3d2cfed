import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { RemoteThreadStore } from '@threadstore/client';
import { CertificateAuthority, createScratchDatabase, migrated, serveThreadstore, waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { TemporaryFolder, threadstore } from './support/commands.ts';

const names = [{ type: 'dns', value: 'localhost' }] as const;

/** The serial number of the certificate that a new connection is shown. */
function shown(endpoint: string, ca: string): Promise<string | undefined> {
  const [host = '', port = ''] = endpoint.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca, ALPNProtocols: ['h2'] });
    socket.once('secureConnect', () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('a service over TLS: commands talk to it, and its certificate is replaced while it runs', async () => {
  const authority = await CertificateAuthority.create('a');
  await using folder = await TemporaryFolder.create();
  await using database = await createScratchDatabase(migrated);
  const path = (name: string): string => join(folder.path, name);
  const put = async (validDays: number): Promise<void> => {
    const { cert, key } = await authority.issue({ commonName: 'threads', names, validDays });
    await writeFile(path('next.pem'), cert);
    await writeFile(path('next.key'), key, { mode: 0o600 });
    await rename(path('next.pem'), path('cert.pem'));
    await rename(path('next.key'), path('cert.key'));
  };
  await put(20);
  await writeFile(path('ca.pem'), authority.cert);
  const { stdout: token } = await threadstore(['tokens', 'create', '--tokens-file', path('tokens.json')]);
  await writeFile(path('token'), token, { mode: 0o600 });

  const flags = ['--tokens-file', path('tokens.json'), '--tls-cert', path('cert.pem'), '--tls-key', path('cert.key')];
  await using service = await serveThreadstore(flags, { env: { DATABASE_URL: database.url } });
  const endpoint = service.endpoint.replace('127.0.0.1', 'localhost');
  await waitFor(() => service.stderr().includes('the certificate expires soon'));
  const dial = ['--endpoint', endpoint, '--tls-ca', path('ca.pem')];
  expect(await threadstore(['list', ...dial, '--token-file', path('token')])).toEqual({
    code: 0,
    stdout: 'no threads\n',
    stderr: '',
  });
  expect(await threadstore(['list', ...dial], { THREADSTORE_TOKEN: token })).toMatchObject({ code: 0 });
  const without = await threadstore(['list', ...dial]);
  expect(without).toEqual({ code: 1, stdout: '', stderr: 'threadstore: authorization: missing bearer token\n' });
  const health = await threadstore(['version', ...dial]);
  expect(health).toMatchObject({ code: 0, stdout: expect.stringContaining('SERVING') as string });

  await using store = new RemoteThreadStore({
    endpoint: `https://${endpoint}`,
    tls: { ca: authority.cert },
    credentials: { token: token.trim() },
  });
  await store.listThreads();
  const before = await shown(endpoint, authority.cert);
  await writeFile(path('cert.pem'), 'half of a certif');
  await waitFor(() => service.stderr().includes('are no good'), { timeoutMs: 10_000 });
  expect(await shown(endpoint, authority.cert)).toBe(before);
  await put(365);
  await waitFor(async () => (await shown(endpoint, authority.cert)) !== before, { timeoutMs: 10_000 });
  await store.listThreads();
  const secret = token.trim().split('_').slice(2).join('_');
  expect(service.stderr()).not.toContain(secret);
  expect(service.stderr()).not.toContain('PRIVATE');
});
