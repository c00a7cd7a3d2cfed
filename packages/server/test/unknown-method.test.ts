import * as grpc from '@grpc/grpc-js';
import { frame, ownPath, RawClient } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { FailureLimiter } from '../src/auth/failure-limiter.ts';
import { createCodexServer } from '../src/codex-server.ts';
import { Metrics } from '../src/metrics/metrics.ts';
import { guarded, makeToken, rawUnary } from './auth/guarded.ts';
import { served } from './support/served.ts';

const { UNIMPLEMENTED, UNAUTHENTICATED, RESOURCE_EXHAUSTED, INVALID_ARGUMENT } = grpc.status;
const paths = [`${ownPath}/Canary`, '/canary.v1.Canary/Canary', '/grpc.health.v1.Health/Canary', '/canary', '/'];

test.each(paths)('%s is refused, and shown under one name, with an id', async (path) => {
  const metrics = new Metrics(() => true);
  await using one = await served({ observers: [metrics.calls.of('threadstore.v1.ThreadStoreService')] });
  using client = new RawClient(one.endpoint);
  const answer = await client.call(path, frame(Buffer.alloc(100_000)));
  expect(answer).toMatchObject({ code: UNIMPLEMENTED, message: 'the service has no such method' });
  expect(answer.headers['grpc-status-details-bin']).toBeUndefined();
  const requestId = answer.headers['threadstore-request-id'];
  expect(one.logged).toMatchObject([{ level: 'debug', fields: { rpc: '_OTHER', code: 'UNIMPLEMENTED', requestId } }]);
  const shown = await metrics.registry.metrics();
  expect(shown).toContain(
    '_count{rpc_system_name="grpc",rpc_method="_OTHER",rpc_response_status_code="UNIMPLEMENTED"} 1',
  );
  expect(shown).toContain('threadstore_calls_in_flight{rpc_method="_OTHER"} 0');
  expect(`${JSON.stringify(one.logged)}${shown}`).not.toMatch(/canary/i);
});

test('so it is on the listener for Codex', async () => {
  await using one = await served({ create: createCodexServer });
  using client = new RawClient(one.endpoint);
  const answer = await client.call('/codex.thread_store.v1.ThreadStore/Nope');
  expect(answer).toMatchObject({ code: UNIMPLEMENTED });
});

test.each(paths)('%s tells nothing to a caller without credentials, and counts as a failure', async (path) => {
  const tokens = (['read', 'write', 'admin'] as const).map((scope) => makeToken({ scopes: [scope] }));
  await using service = await guarded(tokens, { limiter: new FailureLimiter({ burst: 4, everyMs: 1_000_000 }) });
  for (const { text } of tokens) {
    expect(await rawUnary(service.endpoint, path, { authorization: `Bearer ${text}` })).toMatchObject({
      code: UNIMPLEMENTED,
    });
  }
  const { text } = makeToken();
  const codes: grpc.status[] = [];
  for (let count = 0; count < 5; count += 1) {
    const headers = count % 2 === 0 ? {} : { authorization: `Bearer ${text}` };
    codes.push((await rawUnary(service.endpoint, path, headers)).code);
  }
  expect(codes).toEqual([UNAUTHENTICATED, UNAUTHENTICATED, UNAUTHENTICATED, UNAUTHENTICATED, RESOURCE_EXHAUSTED]);
});

test('its answer to a caller without credentials is that to a call of a method that there is', async () => {
  await using service = await guarded([makeToken()]);
  const [known, unknown] = await Promise.all(
    [`${ownPath}/ListThreads`, `${ownPath}/Nope`].map((path) => rawUnary(service.endpoint, path, {})),
  );
  expect(known?.code).toBe(UNAUTHENTICATED);
  expect(unknown).toEqual(known);
});

test('it passes the bounds of others', async () => {
  await using one = await served();
  using client = new RawClient(one.endpoint);
  const large = await client.call('Nope', [], { 'x-large': 'y'.repeat(20_000) });
  expect(large.code).toBe(RESOURCE_EXHAUSTED);
  const long = await client.call('Nope', [], { 'grpc-timeout': '597H' });
  expect(long.code).toBe(INVALID_ARGUMENT);
});
