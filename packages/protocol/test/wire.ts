import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { ThreadStoreError } from '@threadstore/core';
import { assert } from 'vitest';

/** A message as the other side gets it. */
export function sent<D extends DescMessage>(desc: D, message: MessageInitShape<D>): MessageShape<D> {
  return fromBinary(desc, toBinary(desc, create(desc, message)));
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
