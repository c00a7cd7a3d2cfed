import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDirectory } from '../src/drivers/directory-lock.ts';
import { Child } from './support/child.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'threadstore-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));

test('a directory is locked once in a process, and again after its release; nothing stays', async () => {
  const lock = await lockDirectory(directory);
  await expect(lockDirectory(directory)).rejects.toThrow(`${directory}: is in use by process ${process.pid}`);
  await lock.release();
  const again = await lockDirectory(directory);
  await again.release();
  expect(await readdir(directory)).toEqual([]);
});

test('by way of a symbolic link or a missing folder it is the same directory', async () => {
  const made = join(directory, 'a', 'b');
  const lock = await lockDirectory(made);
  await expect(lockDirectory(join(directory, 'a', '..', 'a', 'b'))).rejects.toThrow('is in use by process');
  await lock.release();
});

test('a path too long for a socket is locked all the same', async () => {
  const long = join(directory, 'x'.repeat(120), 'y'.repeat(120));
  const lock = await lockDirectory(long);
  await using child = new Child('hold-lock.ts', long);
  expect(await child.said()).toBe(`${long}: is in use by process ${process.pid}`);
  await lock.release();
  expect(await readdir(long)).toEqual([]);
});

test('another process holds it: its number is told, also while it is stopped', async () => {
  await using child = new Child('hold-lock.ts', directory);
  expect(await child.said()).toBe('held');
  const refused = `${directory}: is in use by process ${child.pid}`;
  await expect(lockDirectory(directory)).rejects.toThrow(refused);
  child.signal('SIGSTOP');
  await expect(lockDirectory(directory)).rejects.toThrow(refused);
  child.signal('SIGCONT');
  await child.end();
  const lock = await lockDirectory(directory);
  await lock.release();
});

test('a lock ends with its process, killed or not', async () => {
  for (let round = 0; round < 3; round += 1) {
    await using child = new Child('hold-lock.ts', directory);
    expect(await child.said()).toBe('held');
    await child.kill();
    expect(await readdir(directory)).not.toEqual([]);
  }
  const lock = await lockDirectory(directory);
  expect(await readdir(directory)).toHaveLength(1);
  await lock.release();
});

test('of many processes that find the leftovers of a killed one, one at most takes over, and then anybody can', async () => {
  for (let round = 0; round < 3; round += 1) {
    await using dead = new Child('hold-lock.ts', directory);
    expect(await dead.said()).toBe('held');
    await dead.kill();
    const children = Array.from({ length: 6 }, () => new Child('hold-lock.ts', directory));
    const answers = await Promise.all(children.map((child) => child.said()));
    expect(answers.filter((answer) => answer === 'held')).toHaveLength(1);
    expect(answers.filter((answer) => answer.startsWith(`${directory}: is in use by process `))).toHaveLength(5);
    await Promise.all(children.map((child) => child.kill()));
  }
});

test('of many that start at once in one process, one takes it', async () => {
  for (let round = 0; round < 20; round += 1) {
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => lockDirectory(directory)));
    const locks = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(locks).toHaveLength(1);
    await Promise.all(locks.map((lock) => lock.release()));
    expect(await readdir(directory)).toEqual([]);
  }
});
