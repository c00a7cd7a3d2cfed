import { ThreadStoreError, type ThreadStoreErrorInit } from '@threadstore/core';
import { describe, expect, test } from 'vitest';
import { errorOf, refused, refusedField, refusedLimit, refusedStream, unless } from '../src/support/refusals.ts';

function rejected(init: Partial<ThreadStoreErrorInit> = {}): Promise<never> {
  return Promise.reject(
    new ThreadStoreError({ reason: 'INVALID_FIELD', message: 'cursor: wrong', details: { field: 'cursor' }, ...init }),
  );
}

describe('an expected refusal', () => {
  test('is handed on', async () => {
    expect(await refused(rejected(), 'INVALID_FIELD', { field: 'cursor' })).toBeInstanceOf(ThreadStoreError);
    expect((await refusedField(rejected(), 'cursor')).details).toEqual({ field: 'cursor' });
    expect((await errorOf(rejected())).code).toBe('invalid_request');
  });

  test('fails when the call resolves, or rejects with anything else', async () => {
    await expect(refused(Promise.resolve(7), 'INVALID_FIELD')).rejects.toThrow(/resolved to 7/);
    await expect(refused(Promise.reject(new Error('x')), 'INVALID_FIELD')).rejects.toThrow(
      /expected a ThreadStoreError/,
    );
    await expect(errorOf(Promise.resolve())).rejects.toThrow(/resolved/);
  });

  test('fails for another reason, detail or effect', async () => {
    await expect(refused(rejected(), 'NOT_UNICODE')).rejects.toThrow(/wrong reason/);
    await expect(refused(rejected(), 'INVALID_FIELD', { field: 'pageSize' })).rejects.toThrow(/details\.field/);
    await expect(refused(rejected(), 'INVALID_FIELD', { got: '1' })).rejects.toThrow(/details\.got/);
    await expect(refused(rejected({ effect: 'unknown' }), 'INVALID_FIELD')).rejects.toThrow(/done nothing/);
  });

  test('fails when its message is not for people', async () => {
    for (const message of ['', '  ', 'cursor: two\nlines', `cursor: ${'x'.repeat(600)}`]) {
      await expect(refused(rejected({ message }), 'INVALID_FIELD')).rejects.toThrow(/message/);
    }
    await expect(refusedField(rejected({ message: 'wrong' }), 'cursor')).rejects.toThrow(/names the field/);
  });

  test('fails when a code does not belong to its reason', async () => {
    const error = new ThreadStoreError({ reason: 'INVALID_FIELD', message: 'x' });
    Object.defineProperty(error, 'code', { value: 'conflict' });
    await expect(refused(Promise.reject(error), 'INVALID_FIELD')).rejects.toThrow(/one code/);
  });
});

describe('a refusal because of a limit', () => {
  const details = { field: 'items', limit: 'batchItemsMax', max: '3', got: '4' };
  const over = (changed: object): Promise<never> =>
    rejected({ reason: 'LIMIT_EXCEEDED', message: 'items: too many', details: { ...details, ...changed } });
  const limit = { field: 'items', limit: 'batchItemsMax', max: 3 };

  test('names the limit and both figures', async () => {
    await refusedLimit(over({}), { ...limit, got: 4 });
    await refusedLimit(over({ got: '5' }), limit);
    await expect(refusedLimit(over({ got: '3' }), limit)).rejects.toThrow(/over 3/);
    await expect(refusedLimit(over({ got: '5' }), { ...limit, got: 4 })).rejects.toThrow(/details\.got/);
    await expect(refusedLimit(over({ max: '2' }), limit)).rejects.toThrow(/details\.max/);
    await expect(refusedLimit(over({ limit: 'itemBytesMax' }), limit)).rejects.toThrow(/details\.limit/);
  });
});

test('a refused stream is refused on its first next()', async () => {
  async function* stream(): AsyncGenerator<number> {
    await rejected();
    yield 1;
  }
  async function* late(): AsyncGenerator<number> {
    yield 1;
    await rejected();
  }
  await refusedStream(stream(), 'INVALID_FIELD');
  await expect(refusedStream(late(), 'INVALID_FIELD')).rejects.toThrow(/resolved/);
});

test('a poll goes on for one reason only', async () => {
  expect(await unless('INVALID_FIELD', rejected())).toBeUndefined();
  expect(await unless('INVALID_FIELD', Promise.resolve(1))).toBe(1);
  await expect(unless('FENCED', rejected())).rejects.toThrow(/wrong reason/);
});
