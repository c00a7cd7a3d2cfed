import { expect, test } from 'vitest';
import { abortError, raceAbort, throwIfAborted } from '../src/abort.ts';
import { failure, rejection } from './failure.ts';

test('a signal that has fired', () => {
  throwIfAborted(undefined);
  throwIfAborted(new AbortController().signal);
  expect(failure(() => throwIfAborted(AbortSignal.abort()))).toMatchObject({ code: 'cancelled', effect: 'none' });
  expect(failure(() => throwIfAborted(AbortSignal.abort('stop'))).cause).toBe('stop');
});

test('AbortSignal.timeout is a deadline', async () => {
  const signal = AbortSignal.timeout(1);
  const error = await rejection(raceAbort(new Promise<never>(() => {}), signal, 'unknown'));
  expect(error).toMatchObject({ code: 'deadline_exceeded', reason: 'DEADLINE_EXCEEDED', effect: 'unknown' });
  expect(abortError(signal, 'none').effect).toBe('none');
});

test('a race is settled by whoever is first', async () => {
  const controller = new AbortController();
  expect(await raceAbort(Promise.resolve(1), controller.signal, 'unknown')).toBe(1);
  await expect(raceAbort(Promise.reject(new Error('no')), controller.signal, 'unknown')).rejects.toThrow('no');
  expect(await raceAbort(Promise.resolve(2), undefined, 'unknown')).toBe(2);

  const late = Promise.withResolvers<number>();
  const raced = rejection(raceAbort(late.promise, controller.signal, 'unknown'));
  controller.abort();
  expect(await raced).toMatchObject({ code: 'cancelled', effect: 'unknown' });
  // Nobody waits for it any more: its failure must not become an unhandled rejection.
  late.reject(new Error('late'));
});

test('a signal that fired before wins over work that takes time', async () => {
  const error = await rejection(raceAbort(new Promise<never>(() => {}), AbortSignal.abort(), 'none'));
  expect(error).toMatchObject({ code: 'cancelled', effect: 'none' });
});
