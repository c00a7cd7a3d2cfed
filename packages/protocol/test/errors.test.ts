import { fromBinary } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { errorOutcomes, errorReasonCodes, ThreadStoreError, type ThreadStoreErrorReason } from '@threadstore/core';
import { errorFromWire, fromStatus, reasonStatus, statusToWire, toStatus, type CallFacts } from '@threadstore/protocol';
import { describe, expect, test } from 'vitest';
import { StatusSchema } from '../src/gen/google/rpc/status_pb.ts';
import { sent } from './wire.ts';

const detailsKey = 'grpc-status-details-bin';
const reasons = Object.keys(errorReasonCodes) as ThreadStoreErrorReason[];
const read: CallFacts = { effect: 'none', operation: 'read_thread' };
const write: CallFacts = { effect: 'unknown', operation: 'append_items' };

/** All that an error says, apart from its cause. */
const facts = ({ code, reason, message, details, effect, retryAfterMs, remote }: ThreadStoreError) => ({
  code,
  reason,
  message,
  details,
  effect,
  retryAfterMs,
  remote,
});
/** What the other side makes of an error within a message. */
const relayedInMessage = (error: unknown, call = write): ThreadStoreError =>
  errorFromWire(sent(StatusSchema, statusToWire(error)), call);
/** What the other side makes of an error. */
const relayed = (error: unknown, call = write): ThreadStoreError => fromStatus(toStatus(error), call);
const transport = (code: grpc.status, details: string, call: CallFacts): ThreadStoreError =>
  fromStatus({ code, details, metadata: new grpc.Metadata() }, call);

describe('an error of the service', () => {
  test.each(reasons)('%s comes back as it was, marked remote', (reason) => {
    for (const effect of ['none', 'unknown'] as const) {
      const error = new ThreadStoreError({
        reason,
        message: `threadId: something is wrong, 100% – ${reason}`,
        details: { field: 'threadId', holder: 'häns:1' },
        effect,
        retryAfterMs: 1_501,
        cause: new Error('stays here'),
      });
      const there = relayed(error);
      expect(facts(there)).toStrictEqual({ ...facts(error), remote: true });
      expect(there.cause).toBeUndefined();
      expect(facts(relayedInMessage(error))).toStrictEqual(facts(there));
    }
  });

  test('statuses are those that callers of other languages branch on', () => {
    const of = (status: grpc.status): string[] => reasons.filter((reason) => reasonStatus[reason] === status);
    expect(of(grpc.status.NOT_FOUND)).toEqual(['THREAD_NOT_FOUND', 'THREAD_DELETED']);
    expect(of(grpc.status.ALREADY_EXISTS)).toEqual(['THREAD_EXISTS', 'THREAD_ID_USED']);
    expect(of(grpc.status.ABORTED)).toEqual(['FENCED', 'SEQUENCE_GAP']);
    expect(of(grpc.status.FAILED_PRECONDITION)).toEqual([
      'WRITER_LIVE',
      'EPOCH_NOT_GRANTED',
      'WRITER_RELEASED',
      'SEQUENCE_REUSED',
      'OPERATION_REUSED',
      'TURN_IN_PROGRESS',
    ]);
    const special: Readonly<Record<string, string>> = {
      invalid_request: 'INVALID_ARGUMENT',
      unsupported: 'UNIMPLEMENTED',
    };
    const others = reasons.filter((reason) => errorReasonCodes[reason] !== 'conflict');
    expect(others.map((reason) => grpc.status[reasonStatus[reason]])).toEqual(
      others.map((reason) => special[errorReasonCodes[reason]] ?? errorReasonCodes[reason].toUpperCase()),
    );
  });

  // Clients of other languages go by the status: of all, UNAVAILABLE alone is what they try again by themselves.
  test('what may pass by itself is UNAVAILABLE, and what will not never is', () => {
    const unavailable = reasons.filter((reason) => reasonStatus[reason] === grpc.status.UNAVAILABLE);
    const passing = reasons.filter((reason) => errorOutcomes[reason].repeat === 'paused');
    expect(unavailable).toEqual(expect.arrayContaining(passing));
    // No service sends the one, and the other passes when somebody has made room.
    expect(unavailable.filter((reason) => !passing.includes(reason))).toEqual(['STORE_CLOSED', 'STORAGE_FULL']);
  });

  test('what is no ThreadStoreError tells nothing', () => {
    for (const error of [new Error('select * from items'), 'text', undefined, new TypeError('x')]) {
      const status = toStatus(error);
      expect(status.code).toBe(grpc.status.INTERNAL);
      expect(status.details).toBe('internal error');
      expect(JSON.stringify(status.metadata.toJSON())).not.toContain('select');
      expect(fromStatus(status, write)).toMatchObject({ reason: 'INTERNAL', effect: 'unknown', remote: true });
      expect(fromStatus(status, read)).toMatchObject({ reason: 'INTERNAL', effect: 'none', remote: true });
      expect(facts(relayedInMessage(error))).toStrictEqual(facts(fromStatus(status, write)));
      expect(relayedInMessage(error, read).effect).toBe('none');
    }
  });

  test('stays within the room for metadata, whatever it holds', () => {
    const long = '😀'.repeat(100_000);
    const details = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, long]));
    const error = new ThreadStoreError({
      reason: 'FENCED',
      message: `${long}\ud800`,
      details: { field: long, ...details },
    });
    const status = toStatus(error);
    const headers = status.metadata.toHttp2Headers();
    const size =
      encodeURI(status.details).length +
      Object.values(headers).reduce((sum: number, value) => sum + String(value).length, 0);
    expect(size).toBeLessThan(7_000);
    const there = fromStatus(status, write);
    expect(there).toMatchObject({ reason: 'FENCED', effect: 'none' });
    expect(there.message.isWellFormed()).toBe(true);
    expect(there.message.endsWith('😀...')).toBe(true);
    expect(there.details['field']?.endsWith('😀...')).toBe(true);
  });

  test('a time to come again that no Duration can say does not keep the error from being told', () => {
    const times = [Number.NaN, -1, 0.2, 1e300, Number.POSITIVE_INFINITY];
    const told = times.map((retryAfterMs) =>
      relayed(new ThreadStoreError({ reason: 'OVERLOADED', message: 'x', retryAfterMs })),
    );
    expect(told.map(({ reason }) => reason)).toEqual(times.map(() => 'OVERLOADED'));
    const most = Number.MAX_SAFE_INTEGER;
    expect(told.map(({ retryAfterMs }) => retryAfterMs)).toEqual([undefined, 0, 1, most, most]);
  });

  test('a key named __proto__ in its details is a key like any other', () => {
    const details = JSON.parse('{"__proto__":"x","field":"name"}') as Record<string, string>;
    const there = relayed(new ThreadStoreError({ reason: 'INVALID_FIELD', message: 'name: x', details }));
    expect(Object.entries(there.details)).toContainEqual(['__proto__', 'x']);
    expect(Object.getPrototypeOf(there.details)).toBe(Object.prototype);
  });
});

describe('an error of a newer service', () => {
  test.each([
    [grpc.status.NOT_FOUND, 'not_found'],
    [grpc.status.INVALID_ARGUMENT, 'invalid_request'],
    [grpc.status.OUT_OF_RANGE, 'invalid_request'],
    [grpc.status.ALREADY_EXISTS, 'conflict'],
    [grpc.status.ABORTED, 'conflict'],
    [grpc.status.FAILED_PRECONDITION, 'conflict'],
    [grpc.status.UNIMPLEMENTED, 'unsupported'],
    [grpc.status.RESOURCE_EXHAUSTED, 'resource_exhausted'],
    [grpc.status.UNAVAILABLE, 'unavailable'],
    [grpc.status.UNAUTHENTICATED, 'unauthenticated'],
    [grpc.status.PERMISSION_DENIED, 'permission_denied'],
    [grpc.status.DEADLINE_EXCEEDED, 'deadline_exceeded'],
    [grpc.status.CANCELLED, 'cancelled'],
    [grpc.status.DATA_LOSS, 'data_loss'],
    [grpc.status.UNKNOWN, 'internal'],
    [99 as grpc.status, 'internal'],
  ])('with an unknown reason goes by its status: %s is %s', (code, expected) => {
    const known = toStatus(new ThreadStoreError({ reason: 'INTERNAL', message: 'it is so', details: { a: '1' } }));
    const bytes = known.metadata.get(detailsKey)[0] as Buffer;
    const metadata = new grpc.Metadata();
    metadata.set(detailsKey, Buffer.from(bytes.toString('latin1').replace('INTERNAL', 'LATERONE'), 'latin1'));
    const said = {
      code: expected,
      message: 'it is so',
      effect: 'none',
      remote: true,
      details: { a: '1', remoteReason: 'LATERONE' },
    };
    expect(fromStatus({ code, details: 'x', metadata }, write)).toMatchObject(said);
    const status = fromBinary(StatusSchema, metadata.get(detailsKey)[0] as Buffer);
    expect(errorFromWire({ ...status, code }, write)).toMatchObject(said);
  });

  test('within a message goes by its code when it has no details of ours, or damaged ones', () => {
    const typeUrl = 'type.googleapis.com/google.rpc.ErrorInfo';
    for (const details of [[], [{ typeUrl, value: Buffer.from([0xff]) }]]) {
      const status = sent(StatusSchema, { code: grpc.status.ABORTED, message: 'why', details });
      expect(facts(errorFromWire(status, write))).toEqual({
        code: 'conflict',
        reason: 'FENCED',
        message: 'append_items: why',
        details: {},
        effect: 'unknown',
        retryAfterMs: undefined,
        remote: true,
      });
    }
  });
});

describe('a failure of the transport', () => {
  test('before anything was sent has had no effect', () => {
    for (const details of [
      'No connection established. Last error: Error: connect ECONNREFUSED 10.0.0.1:1. Resolution note: ',
      'round_robin: No connection established. Last error: Error: connect ECONNREFUSED 10.0.0.1:1. Resolution note: ',
      'Name resolution failed for target dns:db.internal:1',
      'Stream refused by server',
    ]) {
      const error = transport(grpc.status.UNAVAILABLE, details, write);
      expect(error).toMatchObject({ reason: 'BACKEND_UNAVAILABLE', effect: 'none', remote: false });
      expect(error.message).toBe("append_items: the service can't be reached");
      expect(error.cause).toMatchObject({ details });
    }
  });

  test.each([
    [grpc.status.UNAVAILABLE, 'Connection dropped'],
    [grpc.status.UNAVAILABLE, 'read ECONNRESET'],
    [grpc.status.CANCELLED, 'Call cancelled'],
    [grpc.status.INTERNAL, 'Received RST_STREAM with code 0 (Call ended without gRPC status)'],
  ])('under a call leaves the outcome of a write open (%s %s)', (code, details) => {
    expect(transport(code, details, write)).toMatchObject({ reason: 'OUTCOME_UNKNOWN', effect: 'unknown' });
    expect(transport(code, details, read)).toMatchObject({ reason: 'BACKEND_UNAVAILABLE', effect: 'none' });
  });

  test('by the size of the request has had no effect, by that of the answer it may have', () => {
    const details = 'Received message larger than max (20971520 vs 4194304)';
    const code = grpc.status.RESOURCE_EXHAUSTED;
    const metadata = new grpc.Metadata();
    metadata.set('content-type', 'application/grpc+proto');
    expect(fromStatus({ code, details, metadata }, write)).toMatchObject({
      reason: 'REQUEST_TOO_LARGE',
      effect: 'none',
    });
    expect(transport(code, details, write)).toMatchObject({ reason: 'REQUEST_TOO_LARGE', effect: 'unknown' });
    expect(transport(code, details, read)).toMatchObject({ reason: 'REQUEST_TOO_LARGE', effect: 'none' });
    // On a stream, whose headers came long before, and which has other messages.
    const inMessageOf = (sentBytes: number) => transport(code, details, { ...write, sentBytes });
    expect(inMessageOf(20_971_520)).toMatchObject({ reason: 'REQUEST_TOO_LARGE', effect: 'none' });
    expect(inMessageOf(20_971_521)).toMatchObject({ reason: 'REQUEST_TOO_LARGE', effect: 'unknown' });
  });

  test('otherwise has the effect that the caller knows', () => {
    const cases: readonly (readonly [grpc.status, ThreadStoreErrorReason])[] = [
      [grpc.status.DEADLINE_EXCEEDED, 'DEADLINE_EXCEEDED'],
      [grpc.status.CANCELLED, 'CANCELLED'],
      [grpc.status.RESOURCE_EXHAUSTED, 'OVERLOADED'],
      [grpc.status.INTERNAL, 'INTERNAL'],
      [grpc.status.UNKNOWN, 'INTERNAL'],
    ];
    for (const [code, reason] of cases) {
      expect(transport(code, 'x', write)).toMatchObject({ reason, effect: 'unknown', remote: false });
      expect(transport(code, 'x', read)).toMatchObject({ reason, effect: 'none' });
    }
  });

  test('a deadline that passed before the call was sent has had no effect', () => {
    for (const details of [
      'Deadline exceeded after 1.001s,Waiting for LB pick',
      'Deadline exceeded after 1.001s,waiting for name resolution',
    ]) {
      expect(transport(grpc.status.DEADLINE_EXCEEDED, details, write)).toMatchObject({
        reason: 'DEADLINE_EXCEEDED',
        effect: 'none',
      });
    }
  });

  test('an unknown method names the operation', () => {
    expect(transport(grpc.status.UNIMPLEMENTED, 'The server does not implement the method', write)).toMatchObject({
      reason: 'UNSUPPORTED_OPERATION',
      details: { operation: 'append_items' },
      effect: 'none',
    });
  });

  test('damaged details are as good as none', () => {
    const metadata = new grpc.Metadata();
    metadata.set(detailsKey, Buffer.from([0xff, 0xff, 0xff]));
    expect(fromStatus({ code: grpc.status.NOT_FOUND, details: 'x', metadata }, read)).toMatchObject({
      reason: 'THREAD_NOT_FOUND',
      remote: false,
    });
  });
});
