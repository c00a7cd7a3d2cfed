import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { ThreadStoreError } from '@threadstore/core';
import type { Encoded } from '@threadstore/protocol';
import { assert } from 'vitest';
import { deserializer, serializer } from '../src/binding/codec.ts';

/** A message as the other side gets it. */
export function sent<D extends DescMessage>(desc: D, message: MessageInitShape<D> | Encoded<D>): MessageShape<D> {
  return deserializer(desc)(serializer(desc)(message));
}

/** The ThreadStoreError that a call throws. */
export function thrown(call: () => unknown): ThreadStoreError {
  try {
    call();
  } catch (error) {
    assert.instanceOf(error, ThreadStoreError);
    return error;
  }
  assert.fail('nothing was thrown');
}

/** The ThreadStoreError that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => assert.fail('it resolved'),
    (error: unknown) => error,
  );
}
