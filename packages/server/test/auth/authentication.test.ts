import { randomUUID } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { RemoteThreadStore } from '@threadstore/client';
import { ThreadStoreError } from '@threadstore/core';
import { ThreadStoreService } from '@threadstore/protocol';
import { ownPath } from '@threadstore/testkit';
import { describe, expect, test } from 'vitest';
import { AuthenticationGate } from '../../src/auth/authentication-gate.ts';
import { parseBearerToken } from '../../src/auth/bearer-token.ts';
import { FailureLimiter } from '../../src/auth/failure-limiter.ts';
import { nobody } from '../../src/auth/principal.ts';
import type { TokenVerifier } from '../../src/auth/proof.ts';
import type { Arrival } from '../../src/rpc/gate.ts';
import { askHealth } from '../../src/rpc/health-client.ts';
import { guarded, makeToken, rawUnary, type Guarded } from './guarded.ts';

const { UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_EXHAUSTED, OK, INVALID_ARGUMENT } = grpc.status;
const list = `${ownPath}/ListThreads`;
const item = JSON.stringify({ type: 'note', payload: 'hello' });

const storeOf = ({ endpoint }: Guarded, token: string): RemoteThreadStore =>
  new RemoteThreadStore({ endpoint, credentials: { token }, deadlineMs: 20_000 });

async function failureOf(work: Promise<unknown>): Promise<ThreadStoreError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ThreadStoreError) return error;
  throw new Error('expected a ThreadStoreError', { cause: error });
}

test('many tokens at once from one address are not all verified', async () => {
  let verified = 0;
  const costly: TokenVerifier = {
    look: () => undefined,
    verify: async () => {
      verified += 1;
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      return null;
    },
  };
  const gate = new AuthenticationGate({ tokens: [costly] });
  const refusals = Array.from({ length: 500 }, async () => {
    const metadata = new grpc.Metadata();
    metadata.set('authorization', 'Bearer a.b.c');
    const record = { requestId: '', peer: '', rpc: 'ListThreads', isOwn: true, principal: nobody };
    await gate.enter({ record, metadata, peer: '10.0.0.1:1' } as unknown as Arrival);
  });
  const ends = await Promise.allSettled(refusals);
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
  expect(verified).toBe(100);
});

describe('headers', () => {
  const good = makeToken();
  const header = (value: string): Record<string, string> => ({ authorization: value });
  const { id = '', secret = '' } = parseBearerToken(good.text) ?? {};

  test.each([
    ['H1 none', {}, 'authorization: missing bearer token'],
    ['H2 Basic', header('Basic dXNlcjpwYXNz'), 'authorization: expected "Bearer <token>"'],
    ['H2 two in one', header(`Bearer ${good.text}, Bearer ${good.text}`), 'authorization: expected "Bearer <token>"'],
    ['a token alone', header(good.text), 'authorization: expected "Bearer <token>"'],
    ['H4 14 KiB', header(`Bearer ${'x'.repeat(14_000)}`), 'authorization: the token is not valid'],
    ['another kind of token', header('Bearer abc.def.ghi'), 'authorization: the token is not valid'],
    ['an unknown id', header(`Bearer ts_0${id}_${secret}`), 'authorization: the token is not valid'],
    ['a wrong secret', header(`Bearer ts_${id}_${secret.toLowerCase()}0`), 'authorization: the token is not valid'],
    ['no secret', header(`Bearer ts_${id}_`), 'authorization: the token is not valid'],
  ])('%s', async (_what, headers, details) => {
    await using service = await guarded([good]);
    expect(await rawUnary(service.endpoint, list, headers)).toMatchObject({ code: UNAUTHENTICATED, details });
    expect(service.log()).not.toContain(secret);
  });

  test('the token passes, however the scheme is spelled', async () => {
    await using service = await guarded([good]);
    for (const scheme of ['Bearer', 'bearer']) {
      expect(await rawUnary(service.endpoint, list, header(`${scheme} ${good.text}`))).toMatchObject({ code: OK });
    }
    expect(service.log()).toContain(`"tenant":"acme","subject":"token ${id}"`);
    expect(service.log()).not.toContain(secret);
  });

  test('an unknown id, a wrong secret, an expired token: the same answer', async () => {
    const late = makeToken({ expiresAt: '2020-01-01T00:00:00Z' });
    await using service = await guarded([good, late]);
    const texts = [`ts_${'0'.repeat(12)}_${secret}`, `ts_${id}_${'A'.repeat(43)}`, late.text];
    const endings = texts.map((text) => rawUnary(service.endpoint, list, header(`Bearer ${text}`)));
    const [first, ...others] = await Promise.all(endings);
    for (const other of others) expect(other).toEqual(first);
  });
});

describe('scopes', () => {
  test.each(ThreadStoreService.methods.map(({ name, methodKind }) => [name, methodKind] as const))(
    '%s asks for one before it looks at its request',
    async (name, kind) => {
      const [none, reads, writes] = [
        makeToken({ scopes: ['admin'] }),
        makeToken({ scopes: ['read'] }),
        makeToken({ scopes: ['write'] }),
      ];
      await using service = await guarded([none, reads, writes]);
      // No message at all: whatever looks at the request refuses it.
      const end = (token: string): Promise<{ readonly code: grpc.status; readonly details: string }> =>
        rawUnary(service.endpoint, `${ownPath}/${name}`, { authorization: `Bearer ${token}` }, Buffer.from([0xff]));
      expect(await end(none.text)).toMatchObject({ code: PERMISSION_DENIED });
      const [asReader, asWriter] = [await end(reads.text), await end(writes.text)];
      const [refused, passed, scope] =
        asReader.code === PERMISSION_DENIED ? [asReader, asWriter, 'write'] : [asWriter, asReader, 'read'];
      expect(refused).toMatchObject({
        code: PERMISSION_DENIED,
        details: `authorization: the credentials lack scope ${scope}`,
      });
      // A stream that brings no message ends with nothing to say, or with what the first one lacks.
      expect([INVALID_ARGUMENT, ...(kind === 'bidi_streaming' ? [OK] : [])]).toContain(passed.code);
    },
  );

  test('health asks for nothing, reflection for reading', async () => {
    const [reads, writes] = [makeToken({ scopes: ['read'] }), makeToken({ scopes: ['write'] })];
    await using service = await guarded([reads, writes]);
    expect(await askHealth(service.endpoint, 10_000)).toMatchObject({ status: 'SERVING' });
    const reflection = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
    const end = (headers: Record<string, string>): ReturnType<typeof rawUnary> =>
      rawUnary(service.endpoint, reflection, headers);
    expect(await end({})).toMatchObject({ code: UNAUTHENTICATED });
    expect(await end({ authorization: `Bearer ${writes.text}` })).toMatchObject({ code: PERMISSION_DENIED });
    expect((await end({ authorization: `Bearer ${reads.text}` })).code).not.toBe(UNAUTHENTICATED);
  });
});

describe('tenants', () => {
  test('follow from the token alone', async () => {
    const [acme, beta] = [makeToken(), makeToken({ tenant: 'beta' })];
    await using service = await guarded([acme, beta]);
    await using ours = storeOf(service, acme.text);
    await using theirs = storeOf(service, beta.text);
    const threadId = randomUUID();
    const { epoch } = await ours.createThread({ threadId, metadata: { cwd: '/w', source: 'cli' } });
    await ours.appendItems({ threadId, epoch, sequence: 0n, items: [item] });
    expect((await ours.listThreads()).threads.map((thread) => thread.threadId)).toEqual([threadId]);
    expect((await theirs.listThreads()).threads).toEqual([]);
    expect(await failureOf(theirs.readThread({ threadId }))).toMatchObject({ reason: 'THREAD_NOT_FOUND' });
    expect(await failureOf(theirs.appendItems({ threadId, epoch, sequence: 1n, items: [item] }))).toMatchObject({
      reason: 'THREAD_NOT_FOUND',
      effect: 'none',
    });
  });
});

describe('credentials that end while calls are under way', () => {
  interface Ends {
    /** Told by streams of a token that are open. */
    readonly ends: Promise<readonly grpc.ServiceError[]>;
    readonly close: () => void;
  }

  /** Opens a stream of appends and one of reflection. */
  async function openStreams({ endpoint }: Guarded, token: string): Promise<Ends> {
    const client = new grpc.Client(endpoint, grpc.credentials.createInsecure());
    const metadata = new grpc.Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    const same = (bytes: Buffer): Buffer => bytes;
    const open = (path: string): grpc.ClientDuplexStream<Buffer, Buffer> =>
      client.makeBidiStreamRequest(path, same, same, metadata, {});
    const appends = open(`${ownPath}/AppendStream`);
    const streams = [appends, open('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo')];
    const ends = streams.map(
      (stream) =>
        new Promise<grpc.ServiceError>((resolve) => {
          stream.once('error', (error) => resolve(error as grpc.ServiceError));
          stream.resume();
        }),
    );
    // It stands.
    await new Promise((resolve) => appends.once('metadata', resolve));
    return { ends: Promise.all(ends), close: () => client.close() };
  }

  test.each(['revoked', 'of another tenant', 'expired'])('%s: they end, streams included', async (how) => {
    const expiresAt = new Date(Date.now() + 3_000).toISOString();
    const token = makeToken(how === 'expired' ? { expiresAt } : {});
    const other = makeToken();
    await using service = await guarded([token, other]);
    const { ends, close } = await openStreams(service, token.text);
    const survivor = await openStreams(service, other.text);
    let survives = true;
    void survivor.ends.then(() => {
      survives = false;
    });
    if (how === 'revoked') service.tokens.replace([other.listed]);
    if (how === 'of another tenant') service.tokens.replace([other.listed, { ...token.listed, tenant: 'beta' }]);
    const start = Math.max(Date.now(), how === 'expired' ? Date.parse(expiresAt) : 0);
    for (const error of await ends) {
      expect(error).toMatchObject({
        code: UNAUTHENTICATED,
        details: 'authorization: the credentials are no longer valid',
      });
    }
    expect(Date.now() - start).toBeLessThan(5_000);
    expect(survives).toBe(true);
    close();
    survivor.close();
  });
});

describe('failures', () => {
  test('beyond a number they are told to come back later, and good credentials still pass', async () => {
    const good = makeToken();
    await using service = await guarded([good], { limiter: new FailureLimiter({ burst: 3, everyMs: 60_000 }) });
    const wrong = { authorization: `Bearer ${makeToken().text}` };
    for (let count = 0; count < 3; count += 1) {
      expect(await rawUnary(service.endpoint, list, wrong)).toMatchObject({ code: UNAUTHENTICATED });
    }
    expect(await rawUnary(service.endpoint, list, wrong)).toMatchObject({
      code: RESOURCE_EXHAUSTED,
      details: 'authorization: too many failures from this address',
    });
    expect(await rawUnary(service.endpoint, list, {})).toMatchObject({ code: RESOURCE_EXHAUSTED });
    expect(await rawUnary(service.endpoint, list, { authorization: `Bearer ${good.text}` })).toMatchObject({
      code: OK,
    });
  });
});
