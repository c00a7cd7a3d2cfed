import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { errorReasonCodes, ThreadStoreError, type ThreadStoreErrorReason } from '@threadstore/core';

/** What a refusal must carry in `details`; other keys may be there too. */
export type Details = Readonly<Record<string, string>>;

/** What a call rejects with; fails when it resolves. */
async function rejectionOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => assert.fail(`expected a refusal, but the call resolved to ${inspect(value).slice(0, 200)}`),
    (error: unknown) => error,
  );
}

/** The error that a call rejects with; fails when it is anything but a `ThreadStoreError`. */
export async function errorOf(call: Promise<unknown>): Promise<ThreadStoreError> {
  const error = await rejectionOf(call);
  assert.ok(error instanceof ThreadStoreError, `expected a ThreadStoreError, got ${inspect(error)}`);
  return error;
}

/** Asserts that an error is a refusal for this reason, with the code that the reason belongs to, these details, and nothing done. */
export function assertRefusal(error: unknown, reason: ThreadStoreErrorReason, details: Details = {}): ThreadStoreError {
  assert.ok(error instanceof ThreadStoreError, `expected a ThreadStoreError, got ${inspect(error)}`);
  assert.equal(error.reason, reason, `wrong reason; the error is ${inspect(error)}`);
  assert.equal(error.code, errorReasonCodes[reason], 'a reason has one code');
  assert.equal(error.effect, 'none', 'a refusal has done nothing');
  for (const [key, value] of Object.entries(details)) {
    assert.equal(error.details[key], value, `details.${key} of ${inspect(error.details)}`);
  }
  assertForPeople(error);
  return error;
}

/** Asserts that the call is refused for this reason; see `assertRefusal`. */
export async function refused(
  call: Promise<unknown>,
  reason: ThreadStoreErrorReason,
  details: Details = {},
): Promise<ThreadStoreError> {
  return assertRefusal(await rejectionOf(call), reason, details);
}

/** Asserts that the call is refused because of one argument, which the error names; several reasons may say so. */
export async function refusedInput(call: Promise<unknown>, field: string): Promise<ThreadStoreError> {
  const error = await errorOf(call);
  assert.equal(error.code, 'invalid_request', `${field}: wrong code; the error is ${inspect(error)}`);
  assert.equal(error.details.field, field);
  assert.equal(error.effect, 'none', 'a refusal has done nothing');
  assert.ok(error.message.includes(field), `the message names the field ${field}: ${error.message}`);
  assertForPeople(error);
  return error;
}

/** Asserts that the call is refused because of the form of one argument. */
export async function refusedField(call: Promise<unknown>, field: string): Promise<ThreadStoreError> {
  const error = await refusedInput(call, field);
  assert.equal(error.reason, 'INVALID_FIELD', `wrong reason; the error is ${inspect(error)}`);
  return error;
}

/** Asserts that the call is refused because of one of the limits, which the error names with both figures. */
export async function refusedLimit(
  call: Promise<unknown>,
  { field, limit, max, got }: { field: string; limit: string; max: number; got?: number },
): Promise<ThreadStoreError> {
  const error = await refused(call, 'LIMIT_EXCEEDED', { field, limit, max: String(max) });
  if (got === undefined) assert.ok(Number(error.details.got) > max, `details.got is over ${max}`);
  else assert.equal(error.details.got, String(got), 'details.got');
  return error;
}

/** Asserts that a stream refuses on its first `next()`. */
export async function refusedStream(
  stream: AsyncIterable<unknown>,
  reason: ThreadStoreErrorReason,
  details: Details = {},
): Promise<ThreadStoreError> {
  return refused(stream[Symbol.asyncIterator]().next(), reason, details);
}

function assertForPeople({ message }: ThreadStoreError): void {
  assert.match(message, /\S/, 'an error has a message');
  assert.ok(!/[\r\n]/.test(message), `a message is one line: ${message}`);
  assert.ok(message.length < 500, `a message is short, this one has ${message.length} characters`);
}

/** For polls: `undefined` (not yet) while the call is refused for this reason; any other refusal fails the test. */
export async function unless<T>(reason: ThreadStoreErrorReason, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    assertRefusal(error, reason);
    return undefined;
  }
}
