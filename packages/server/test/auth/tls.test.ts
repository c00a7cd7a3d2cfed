import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import * as grpc from '@grpc/grpc-js';
import { RemoteThreadStore, type TlsOptions } from '@threadstore/client';
import { ThreadStoreError } from '@threadstore/core';
import { CertificateAuthority, type Certified } from '@threadstore/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { CertificateTenants, parseCertificateTenants } from '../../src/auth/certificate-tenants.ts';
import { TlsCredentials } from '../../src/auth/tls-credentials.ts';
import { askHealth } from '../../src/rpc/health-client.ts';
import { threadStoreVersion } from '../../src/version.ts';
import { run } from '../support/fake-terminal.ts';
import { ScratchFolder } from '../support/rollouts.ts';
import { guarded, makeToken, type Guarded } from './guarded.ts';

const localNames = [
  { type: 'dns', value: 'threads.test' },
  { type: 'ip', value: '127.0.0.1' },
] as const;

let authority: CertificateAuthority;
let stranger: CertificateAuthority;
let server: Certified;
let worker: Certified;
beforeAll(async () => {
  authority = await CertificateAuthority.create('a');
  stranger = await CertificateAuthority.create('b');
  server = await authority.issue({ commonName: 'threads', names: localNames });
  worker = await authority.issue({ commonName: 'w', names: [{ type: 'url', value: 'spiffe://acme/worker' }] });
});

const good = makeToken();

/** What a call comes to: `ok`, or the reason of its error. */
async function outcome(endpoint: string, tls: TlsOptions, token: string | null = good.text): Promise<string> {
  await using store = new RemoteThreadStore({
    endpoint,
    tls,
    deadlineMs: 3_000,
    ...(token === null ? {} : { credentials: { token } }),
  });
  try {
    await store.listThreads();
    return 'ok';
  } catch (error) {
    return error instanceof ThreadStoreError ? error.reason : String(error);
  }
}

const encrypted = (material: Certified, clientCa?: string): Promise<Guarded> =>
  guarded(
    [good],
    {
      certificates: new CertificateTenants([
        { kind: 'uri', name: 'spiffe://acme/worker', tenant: 'acme', scopes: ['read'] },
      ]),
    },
    { credentials: new TlsCredentials({ ...material, ...(clientCa === undefined ? {} : { clientCa }) }, '1.3') },
  );

/** The certificate that a new connection is shown, and the version of TLS, or why there is none. */
function handshake(endpoint: string, maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3'): Promise<string> {
  const [host = '', port = ''] = endpoint.split(':');
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({
      host,
      port: Number(port),
      ca: authority.cert,
      maxVersion,
      ALPNProtocols: ['h2'],
    });
    socket.once('secureConnect', () => {
      resolve(`${socket.getProtocol()} ${socket.getPeerX509Certificate()?.serialNumber}`);
      socket.destroy();
    });
    socket.once('error', (error) => resolve(`failed: ${(error as NodeJS.ErrnoException).code}`));
  });
}

describe('TLS', () => {
  test('serves who trusts the authority, by the name in the certificate', async () => {
    await using service = await encrypted(server);
    const ca = authority.cert;
    expect(await outcome(service.endpoint, { ca })).toBe('ok');
    expect(await outcome(service.endpoint, { ca, serverName: 'threads.test' })).toBe('ok');
    expect(await outcome(service.endpoint, { ca, serverName: 'other.test' })).toBe('BACKEND_UNAVAILABLE');
    expect(await outcome(service.endpoint, { ca: stranger.cert })).toBe('BACKEND_UNAVAILABLE');
    expect(await outcome(service.endpoint, {})).toBe('BACKEND_UNAVAILABLE');
    expect(await askHealth(service.endpoint, 3_000, { ca })).toMatchObject({ status: 'SERVING' });
    expect(await askHealth(service.endpoint, 1_000)).toMatchObject({ status: 'UNREACHABLE' });
  });

  test('is what the doctor speaks, too, where it is told', async () => {
    const credentials = new TlsCredentials(server, '1.3');
    await using service = await guarded([], {}, { credentials, gates: [] });
    await using folder = await ScratchFolder.create();
    const ca = join(folder.path, 'ca.pem');
    await writeFile(ca, authority.cert);
    const { stdout } = await run(['doctor', '--endpoint', service.endpoint, '--tls-ca', ca, '--json']);
    const findings = stdout.split('\n').filter((line) => line.includes(service.endpoint));
    expect(findings.map((line) => (JSON.parse(line) as { seen: string }).seen)).toEqual([
      'SERVING',
      threadStoreVersion,
      'on: it tells anybody what can be called',
    ]);
  });

  test('speaks 1.3, and 1.2 only when told to', async () => {
    await using service = await encrypted(server);
    expect(await handshake(service.endpoint)).toMatch(/^TLSv1\.3 /);
    expect(await handshake(service.endpoint, 'TLSv1.2')).toMatch(/^failed/);
    await using older = await guarded([good], {}, { credentials: new TlsCredentials(server, '1.2') });
    expect(await handshake(older.endpoint, 'TLSv1.2')).toMatch(/^TLSv1\.2 /);
  });

  test('shows a new certificate to new connections, and keeps those that there are', async () => {
    const credentials = new TlsCredentials(server, '1.3');
    await using service = await guarded([good], {}, { credentials });
    await using store = new RemoteThreadStore({
      endpoint: `https://${service.endpoint}`,
      tls: { ca: authority.cert },
      credentials: { token: good.text },
    });
    await store.listThreads();
    const before = await handshake(service.endpoint);
    credentials.replace(await authority.issue({ commonName: 'threads', names: localNames }));
    expect(await handshake(service.endpoint)).not.toBe(before);
    expect(await handshake(service.endpoint, 'TLSv1.2')).toMatch(/^failed/);
    await store.listThreads();
  });
});

describe('client certificates', () => {
  test('are asked for, and must be of the authority', async () => {
    await using service = await encrypted(server, authority.cert);
    const ca = authority.cert;
    expect(await outcome(service.endpoint, { ca })).toBe('BACKEND_UNAVAILABLE');
    expect(await outcome(service.endpoint, { ca, ...worker })).toBe('ok');
    const foreign = await stranger.issue({ commonName: 'w', names: [{ type: 'url', value: 'spiffe://acme/worker' }] });
    expect(await outcome(service.endpoint, { ca, ...foreign }, null)).toBe('BACKEND_UNAVAILABLE');
    const late = await authority.issue({
      commonName: 'w',
      names: [{ type: 'url', value: 'spiffe://acme/worker' }],
      validDays: -1,
    });
    expect(await outcome(service.endpoint, { ca, ...late }, null)).toBe('BACKEND_UNAVAILABLE');
    // None of them has come as far as a call.
    expect(service.log()).not.toContain('UNAUTHENTICATED');
  });

  test('say who calls, where no token does', async () => {
    await using service = await encrypted(server, authority.cert);
    const ca = authority.cert;
    expect(await outcome(service.endpoint, { ca, ...worker }, null)).toBe('ok');
    expect(service.log()).toContain('"tenant":"acme","subject":"certificate uri:spiffe://acme/worker"');
    const other = await authority.issue({ commonName: 'w', names: [{ type: 'url', value: 'spiffe://acme/other' }] });
    expect(await outcome(service.endpoint, { ca, ...other }, null)).toBe('UNAUTHENTICATED');
    expect(await outcome(service.endpoint, { ca, ...worker }, makeToken().text)).toBe('UNAUTHENTICATED');
  });

  test('a call of one ends when its names are of no tenant any more', async () => {
    const entry = { kind: 'uri', name: 'spiffe://acme/worker', tenant: 'acme', scopes: ['write'] } as const;
    const certificates = new CertificateTenants([entry]);
    const credentials = new TlsCredentials({ ...server, clientCa: authority.cert }, '1.3');
    await using service = await guarded([], { certificates }, { credentials });
    const ssl = grpc.credentials.createSsl(
      ...[authority.cert, worker.key, worker.cert].map((text) => Buffer.from(text)),
    );
    const client = new grpc.Client(service.endpoint, ssl);
    const same = (bytes: Buffer): Buffer => bytes;
    const path = '/threadstore.v1.ThreadStoreService/AppendStream';
    const stream = client.makeBidiStreamRequest(path, same, same, new grpc.Metadata(), {});
    const ended = new Promise<grpc.ServiceError>((resolve) => {
      stream.once('error', (error) => resolve(error as grpc.ServiceError));
    });
    stream.resume();
    await new Promise((resolve) => stream.once('metadata', resolve));
    certificates.replace([{ ...entry, tenant: 'beta' }]);
    expect(await ended).toMatchObject({ code: grpc.status.UNAUTHENTICATED });
    client.close();
  });

  test.each([
    ['a part of a URI', [{ type: 'url', value: 'spiffe://x/y, URI:spiffe://acme/worker' }], 'x'],
    ['another case of a URI', [{ type: 'url', value: 'spiffe://ACME/worker' }], 'x'],
    ['a DNS name for a URI', [{ type: 'dns', value: 'spiffe' }], 'x'],
    [
      'a name that others have, too',
      [
        { type: 'url', value: 'spiffe://acme/worker' },
        { type: 'dns', value: 'b.test' },
      ],
      'x',
    ],
    ['a common name where an alternative one is meant', [], 'spiffe://acme/worker'],
  ] as const)('%s is of no tenant', async (_what, names, commonName) => {
    const tenants = new CertificateTenants([
      { kind: 'uri', name: 'spiffe://acme/worker', tenant: 'acme', scopes: ['read'] },
      { kind: 'dns', name: 'b.test', tenant: 'beta', scopes: ['read'] },
      { kind: 'cn', name: 'common', tenant: 'gamma', scopes: ['read'] },
    ]);
    await using service = await guarded(
      [],
      { certificates: tenants },
      { credentials: new TlsCredentials({ ...server, clientCa: authority.cert }, '1.3') },
    );
    const made = await authority.issue({ commonName, names });
    expect(await outcome(service.endpoint, { ca: authority.cert, ...made }, null)).toBe('UNAUTHENTICATED');
    const common = await authority.issue({ commonName: 'common' });
    expect(await outcome(service.endpoint, { ca: authority.cert, ...common }, null)).toBe('ok');
  });

  test.each([
    ['{"version":1,"certificates":[{"tenant":"a","scopes":["read"]}]}', /expected one of uri, dns and cn/],
    ['{"version":1,"certificates":[{"cn":"a","dns":"b","tenant":"a","scopes":["read"]}]}', /expected one of/],
    ['{"version":1,"certificates":[{"cn":"a","tenant":"a","scopes":[]}]}', /scopes/],
    [
      '{"version":1,"certificates":[{"cn":"a","tenant":"a","scopes":["read"]},{"cn":"a","tenant":"b","scopes":["read"]}]}',
      /there twice/,
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseCertificateTenants(text)).toThrow(message);
  });
});

describe('serve refuses', () => {
  interface Files {
    readonly cert: string;
    readonly key: string;
    readonly ca: string;
  }

  async function files(folder: ScratchFolder, { cert, key }: Certified): Promise<Files> {
    const paths = {
      cert: join(folder.path, 'c.pem'),
      key: join(folder.path, 'k.pem'),
      ca: join(folder.path, 'ca.pem'),
    };
    await writeFile(paths.cert, cert);
    await writeFile(paths.key, key, { mode: 0o600 });
    await writeFile(paths.ca, authority.cert);
    return paths;
  }

  const refusal = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(['serve', '--listen', '127.0.0.1:0', ...args]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    return stderr;
  };

  test('what TLS cannot be made of, by name and without the key', async () => {
    await using folder = await ScratchFolder.create();
    const { cert, key, ca } = await files(folder, server);
    expect(await refusal('--tls-cert', cert)).toMatch(/^threadstore: --tls-cert: --tls-cert and --tls-key go together/);
    expect(await refusal('--tls-client-ca', ca, '--tokens-file', 'x')).toMatch(/go together/);
    expect(await refusal('--tls-client-ca', ca)).toMatch(/needs --mtls-tenants/);
    expect(await refusal('--tls-cert', cert, '--tls-key', key, '--tls-client-ca', ca)).toMatch(/needs --mtls-tenants/);
    expect(await refusal('--mtls-tenants', ca)).toMatch(/needs --tls-client-ca/);
    expect(await refusal('--tls-cert', `${cert}x`, '--tls-key', key)).toMatch(/c\.pemx: no such file/);
    await chmod(key, 0o644);
    expect(await refusal('--tls-cert', cert, '--tls-key', key)).toMatch(/k\.pem: others may read it.*chmod 640/);
    await chmod(key, 0o600);
    await writeFile(key, worker.key);
    const mismatch = await refusal('--tls-cert', cert, '--tls-key', key);
    expect(mismatch).toMatch(/the key is not the certificate's/);
    await writeFile(key, 'garbage SECRET');
    expect(await refusal('--tls-cert', cert, '--tls-key', key)).not.toContain('SECRET');
  });

  test('a certificate that has expired', async () => {
    await using folder = await ScratchFolder.create();
    const late = await authority.issue({ commonName: 'threads', names: localNames, validDays: -1 });
    const { cert, key } = await files(folder, late);
    expect(await refusal('--tls-cert', cert, '--tls-key', key)).toMatch(/the certificate has expired/);
  });

  test('JSON Web Tokens without issuer or audience', async () => {
    await using folder = await ScratchFolder.create();
    const { ca } = await files(folder, server);
    expect(await refusal('--jwt-keys', ca)).toMatch(/^threadstore: --jwt-issuer: is needed/);
    expect(await refusal('--jwt-keys', ca, '--jwt-issuer', 'x')).toMatch(/^threadstore: --jwt-audience: is needed/);
    const both = await refusal('--jwt-keys', ca, '--jwt-jwks-url', 'https://issuer.test', '--jwt-issuer', 'x');
    expect(both).toMatch(/not together with --jwt-keys/);
  });

  test.each([['--jwt-issuer'], ['--jwt-audience'], ['--jwt-tenant-claim']])('%s without keys', async (flag) => {
    expect(await refusal(flag, 'x')).toMatch(new RegExp(`^threadstore: ${flag}: needs --jwt-keys or --jwt-jwks-url`));
  });
});
