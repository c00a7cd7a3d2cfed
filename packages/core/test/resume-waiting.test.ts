import { describe, expect, test } from 'vitest';
import type { ThreadStoreError, WriterGrant } from '../src/index.ts';
import { storeClosed, writerLive } from '../src/internal.ts';
import { resumeWaiting } from '../src/resume-waiting.ts';
import { rejection } from './failure.ts';

const now = new Date(0);
const lease = { holder: 'me', since: now, until: new Date(20) };
const grant: WriterGrant = { threadId: '0199a5f0-7c1e-7000-8000-000000000001', epoch: 2n, nextOrdinal: 0n, lease };

/** Fails with these errors, one a call, and is granted after them; the last one again and again when it is `endless`. */
function attempts(errors: readonly ThreadStoreError[], { endless = false } = {}) {
  const made = { count: 0 };
  const attempt = async (): Promise<WriterGrant> => {
    const error = endless ? errors.at(-1) : errors[made.count];
    made.count += 1;
    if (error !== undefined) throw error;
    return grant;
  };
  return { attempt, made };
}

describe('a resume that waits', () => {
  test('tries again for as long as a lease runs', async () => {
    const { attempt, made } = attempts([writerLive(1n, lease, now), writerLive(1n, lease, now)]);
    expect(await resumeWaiting(attempt, { waitMs: 60_000, signal: undefined })).toBe(grant);
    expect(made.count).toBe(3);
  });

  test('tries once when it may not wait', async () => {
    const { attempt, made } = attempts([writerLive(1n, lease, now)]);
    expect((await rejection(resumeWaiting(attempt, { waitMs: 0, signal: undefined }))).reason).toBe('WRITER_LIVE');
    expect(made.count).toBe(1);
  });

  test('tries a last time at the end of the wait', async () => {
    const { attempt, made } = attempts([writerLive(1n, lease, now)], { endless: true });
    const start = performance.now();
    expect((await rejection(resumeWaiting(attempt, { waitMs: 50, signal: undefined }))).reason).toBe('WRITER_LIVE');
    expect(performance.now() - start).toBeGreaterThanOrEqual(49);
    expect(made.count).toBeGreaterThan(2);
  });

  test('hands on any other error at once', async () => {
    const { attempt, made } = attempts([writerLive(1n, lease, now), storeClosed()]);
    expect((await rejection(resumeWaiting(attempt, { waitMs: 60_000, signal: undefined }))).reason).toBe(
      'STORE_CLOSED',
    );
    expect(made.count).toBe(2);
  });

  test('ends with its signal', async () => {
    const distant = { ...lease, until: new Date(60_000) };
    const { attempt, made } = attempts([writerLive(1n, distant, now)], { endless: true });
    const controller = new AbortController();
    const waiting = resumeWaiting(attempt, { waitMs: 60_000, signal: controller.signal });
    controller.abort();
    expect(await rejection(waiting)).toMatchObject({ reason: 'CANCELLED', effect: 'none' });
    expect(made.count).toBe(1);
  });
});
