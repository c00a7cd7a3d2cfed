import * as grpc from '@grpc/grpc-js';
import { CertificateAuthority, frame, type RawAnswer, RawClient, waitFor } from '@threadstore/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { TlsCredentials } from '../src/auth/tls-credentials.ts';
import { byHeader } from './support/by-header.ts';
import { HeldStore } from './support/held-store.ts';
import { served } from './support/served.ts';

const { OK, RESOURCE_EXHAUSTED, INVALID_ARGUMENT } = grpc.status;
const empty = [frame(Buffer.alloc(0))];
/** Far more than a client has under way that waits as it is told: the last of them are told to wait for a second. */
const tooMany = 1_000;

async function encrypted() {
  const authority = await CertificateAuthority.create('a');
  const material = await authority.issue({ commonName: 'threads', names: [{ type: 'ip', value: '127.0.0.1' }] });
  return { credentials: new TlsCredentials(material, '1.3'), tls: { ca: authority.cert } };
}

test.each([
  { over: 'plain text', make: () => Promise.resolve({ credentials: undefined, tls: undefined }) },
  { over: 'TLS', make: encrypted },
])('over $over, callers that come again at once are not read until there is room; others are', async ({ make }) => {
  const { credentials, tls } = await make();
  const store = new HeldStore();
  await using one = await served({
    store,
    gates: [byHeader],
    serviceLimits: { tenantCallsMax: 1 },
    ...(credentials !== undefined && { credentials }),
  });
  const clientOf = (): RawClient => {
    const client = new RawClient(one.endpoint, tls);
    onTestFinished(() => client.close());
    return client;
  };
  const [heedless, other] = [clientOf(), clientOf()];
  const list = () => heedless.call('ListThreads', empty, { 'x-tenant': 'a' });
  const first = list();
  await waitFor(() => store.waiting === 1, { what: 'the call that takes all the room' });
  const refused = await Promise.all(Array.from({ length: tooMany }, list));
  expect(refused.every(({ code }) => code === RESOURCE_EXHAUSTED)).toBe(true);
  expect(one.logged.filter(({ message }) => message.startsWith('callers do not wait'))).toHaveLength(1);

  const next = await unanswered(list, async () => {
    const { code } = await other.call('ReadThread', empty, { 'x-tenant': 'b' });
    expect(code).toBe(INVALID_ARGUMENT);
  });
  store.release();
  expect((await first).code).toBe(OK);
  expect((await next()).code).toBe(OK);
});

/** Makes a call until one is not answered while others are. Over TLS some are read before the connection is left alone. */
async function unanswered(
  make: () => Promise<RawAnswer>,
  others: () => Promise<void>,
): Promise<() => Promise<RawAnswer>> {
  for (let tries = 0; tries < 20; tries += 1) {
    let isAnswered = false;
    const call = make().finally(() => (isAnswered = true));
    for (let count = 0; count < 3; count += 1) await others();
    if (!isAnswered) return () => call;
  }
  throw new Error('each call was answered at once');
}
