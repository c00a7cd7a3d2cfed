import * as grpc from '@grpc/grpc-js';
import { RawClient, waitFor } from '@threadstore/testkit';
import { expect, test } from 'vitest';
import { anyone } from '../src/auth/principal.ts';
import { Admission } from '../src/limits/admission.ts';
import { OtherCalls } from '../src/limits/other-calls.ts';
import type { Arrival, CallKind } from '../src/rpc/gate.ts';
import { served } from './support/served.ts';

/** Lets a call to health or reflection in, and gives what ends it. */
function enter(admission: Admission, peer: string, kind: CallKind = 'unary'): () => void {
  let end = (): void => undefined;
  const onEnd = (callback: () => void) => {
    end = callback;
    return () => undefined;
  };
  const record = { requestId: '', peer, rpc: 'grpc.health.v1.Health/Check', isOwn: false, principal: anyone };
  void admission.enter({ record, kind, peer, onEnd } as unknown as Arrival);
  return () => end();
}

const ofOne = { reason: 'OVERLOADED', message: 'too many calls to health or reflection from one address' };
const ofAll = { reason: 'OVERLOADED', message: 'too many calls to health or reflection' };
const thrownBy = (work: () => void): unknown => {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
};

test.each([
  ['10.0.0.1:1', '10.0.0.1:2', '10.0.0.2:1'],
  ['[2001:db8::1]:1', '[2001:db8::2]:1', '[2001:db8:1::1]:1'],
])('one address does not take what others need (%s)', (peer, neighbour, other) => {
  const admission = new Admission();
  const ends = Array.from({ length: 100 }, () => enter(admission, peer));
  expect(thrownBy(() => enter(admission, neighbour))).toMatchObject(ofOne);
  enter(admission, neighbour, 'read');
  enter(admission, other);
  ends[0]?.();
  enter(admission, neighbour);
  expect(thrownBy(() => enter(admission, peer))).toMatchObject(ofOne);
});

test('all addresses have no more than all may have', () => {
  const admission = new Admission();
  const ends = Array.from({ length: 1_000 }, (_one, at) => enter(admission, `10.0.${at % 50}.1:1`));
  expect(thrownBy(() => enter(admission, '10.1.0.1:1'))).toMatchObject(ofAll);
  for (const end of ends) end();
  for (let count = 0; count < 100; count += 1) enter(admission, '10.1.0.1:1');
});

test('whoever is refused for what its address has under way is told apart from who is refused for all', () => {
  const others = new OtherCalls();
  const lackOf = (peer: string) =>
    others.enter({ kind: 'unary', peer, onEnd: () => () => undefined } as unknown as Arrival)?.whose;
  for (let at = 0; at < 1_000; at += 1) expect(lackOf(`10.0.${at % 10}.1:1`)).toBeUndefined();
  expect(lackOf('10.0.0.1:2')).toBe('address');
  expect(lackOf('10.1.0.1:1')).toBe('all');
});

test('watches of one address are refused beyond their bound, and it may still ask', async () => {
  await using one = await served();
  using client = new RawClient(one.endpoint);
  let refused = 0;
  const watches = Array.from({ length: 110 }, async () => {
    const { code } = await client.call('/grpc.health.v1.Health/Watch');
    if (code === grpc.status.RESOURCE_EXHAUSTED) refused += 1;
  });
  await waitFor(() => refused === 10, { what: 'the refusals' });
  expect(await one.health('')).toBe('SERVING');
  client.close();
  await Promise.all(watches);
});
