import { expect, test } from 'vitest';
import { ByteAdmission } from '../src/byte-admission.ts';

test('requests are refused while others hold the bytes, and not because of their own size', async () => {
  const admission = new ByteAdmission(100);
  const { promise, resolve } = Promise.withResolvers<string>();
  const large = admission.admit(150, () => promise);
  const refused = { reason: 'OVERLOADED', effect: 'none' };
  await expect(admission.admit(1, () => Promise.resolve('small'))).rejects.toMatchObject(refused);
  resolve('large');
  expect(await large).toBe('large');
  const fitting = [60, 40].map((bytes) => admission.admit(bytes, () => Promise.resolve(bytes)));
  await expect(admission.admit(1, () => Promise.resolve('one more'))).rejects.toMatchObject(refused);
  expect(await Promise.all(fitting)).toEqual([60, 40]);
  await expect(admission.admit(100, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await admission.admit(100, () => Promise.resolve('after it'))).toBe('after it');
});
