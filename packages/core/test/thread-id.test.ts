import { expect, test } from 'vitest';
import { checkThreadId } from '../src/checks/thread-id.ts';
import { failure } from './failure.ts';

test.for([
  ['0199a5f0-7c1e-7000-8000-00000000abcd', '0199a5f0-7c1e-7000-8000-00000000abcd'],
  ['0199A5F0-7C1E-7000-8000-00000000ABCD', '0199a5f0-7c1e-7000-8000-00000000abcd'],
  ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['ffffffff-ffff-ffff-ffff-ffffffffffff', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000001'],
] as const)('%s is %s', ([given, id]) => {
  expect(checkThreadId(given)).toBe(id);
});

test.for([
  undefined,
  null,
  42,
  {},
  ['0199a5f0-7c1e-7000-8000-00000000abcd'],
  '',
  'x',
  '{0199a5f0-7c1e-7000-8000-00000000abcd}',
  '0199a5f07c1e7000800000000000abcd',
  '0199a5f0-7c1e-7000-8000-00000000abcg',
  '0199a5f0-7c1e-7000-8000-00000000abcd\n',
  ' 0199a5f0-7c1e-7000-8000-00000000abcd',
  'urn:uuid:0199a5f0-7c1e-7000-8000-00000000abcd',
  '0199a5f0_7c1e_7000_8000_00000000abcd',
  '00000000-0000-0000-0000-000000000000',
  '0199a5f0-7c1e-7000-8000-00000000abc\u212a',
])('%j is no thread id', (given) => {
  expect(failure(() => checkThreadId(given, 'parentThreadId'))).toMatchObject({
    code: 'invalid_request',
    reason: 'INVALID_FIELD',
    details: { field: 'parentThreadId' },
  });
});

test('a huge value is measured, not shown', () => {
  const { message } = failure(() => checkThreadId('x'.repeat(1_000_000)));
  expect(message).toBe('threadId: must be a UUID, 36 characters with hyphens (got 1000000 characters)');
});
