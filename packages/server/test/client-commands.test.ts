import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemoryThreadStore, ThreadStoreError } from '@threadstore/core';
import { describe, expect, test } from 'vitest';
import { run, type Output } from './support/fake-terminal.ts';
import { rollout, rollouts, ScratchFolder } from './support/rollouts.ts';
import { served, type Served } from './support/served.ts';

const threadstore = (one: Served, ...args: string[]): Promise<Output> =>
  run(args, { THREADSTORE_ENDPOINT: one.endpoint });

const id = '0191a000-7777-7000-8000-000000000001';
const line = (text: string): string => `${JSON.stringify({ type: 'note', payload: text })}\n`;
const meta = `${JSON.stringify({ type: 'session_meta', payload: { id } })}\n`;
const done = { exitCode: 0, stderr: '' };

describe('import', () => {
  test('each file becomes a thread, and comes out again byte for byte', async () => {
    await using one = await served();
    const paths = rollouts.map(({ path }) => path);
    const imported = await threadstore(one, 'import', ...paths);
    expect(imported).toMatchObject(done);
    expect(imported.stdout.split('\n')).toEqual([
      ...rollouts.map(
        ({ path, threadId }) =>
          expect.stringMatching(new RegExp(`^${path}: created, \\d+ items, thread ${threadId}$`)) as string,
      ),
      '5 created',
      '',
    ]);
    for (const { path, threadId } of rollouts) {
      const exported = await threadstore(one, 'export', threadId);
      expect(exported).toEqual({ ...done, stdout: await readFile(path, 'utf8') });
      expect((await one.store.readThread({ threadId })).lease).toBeNull();
    }
  });

  test('again: unchanged, nothing is written', async () => {
    await using one = await served();
    await threadstore(one, 'import', rollout('a').path);
    const before = await one.store.listThreads();
    expect(await threadstore(one, 'import', rollout('a').path)).toMatchObject({
      ...done,
      stdout: expect.stringContaining(': unchanged, thread ') as string,
    });
    expect(await one.store.listThreads()).toEqual(before);
  });

  test('a folder stands for the rollout files below it', async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    await folder.write(`rollout-2026-02-03T10-15-30-${id}.jsonl`, line('x'));
    await folder.write('session_index.jsonl', '{"id":"x"}\n');
    expect(await threadstore(one, 'import', folder.path)).toMatchObject({
      ...done,
      stdout: expect.stringContaining('1 created') as string,
    });
    await using empty = await ScratchFolder.create();
    expect(await threadstore(one, 'import', empty.path)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: 'threadstore: no rollout-*.jsonl files there\n',
    });
  });

  test('what was added to a file since is added to its thread; names that people gave stay', async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    const at = (time: string, text: string): string =>
      `${JSON.stringify({ timestamp: time, type: 'event_msg', payload: { type: 'user_message', message: text } })}\n`;
    const start = meta + at('2026-02-03T10:00:00Z', 'first');
    const path = await folder.write('x.jsonl', start);
    await threadstore(one, 'import', path);
    await one.store.updateThreadMetadata({ threadId: id, patch: { title: 'mine', preview: 'also mine' } });
    await writeFile(path, start + at('2026-02-03T11:00:00Z', 'second') + line('third'));
    expect(await threadstore(one, 'import', path)).toMatchObject({
      ...done,
      stdout: `${path}: appended, 2 items, thread ${id}\n1 appended\n`,
    });
    expect((await threadstore(one, 'export', id)).stdout).toBe(await readFile(path, 'utf8'));
    expect(await one.store.readThread({ threadId: id })).toMatchObject({
      title: 'mine',
      preview: 'also mine',
      updatedAt: new Date('2026-02-03T11:00:00Z'),
      recencyAt: new Date('2026-02-03T11:00:00Z'),
      lease: null,
      epoch: 2n,
    });
  });

  test('an archived thread is added to where it is', async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    const path = await folder.write('x.jsonl', meta);
    await threadstore(one, 'import', path);
    await one.store.archiveThread({ threadId: id });
    await writeFile(path, meta + line('more'));
    expect(await threadstore(one, 'import', path)).toMatchObject(done);
    expect((await one.store.readThread({ threadId: id, includeArchived: true })).archivedAt).not.toBeNull();
  });

  test('nothing is overwritten: the first line that differs is named', async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    const path = await folder.write('x.jsonl', meta + line('one') + line('two'));
    await threadstore(one, 'import', path);
    await writeFile(path, meta + line('one') + line('TWO') + line('three'));
    expect(await threadstore(one, 'import', path)).toEqual({
      exitCode: 1,
      stdout: '1 failed\n',
      stderr: `threadstore: ${path}:3: differs from what is stored\n`,
    });
    await writeFile(path, meta + line('one'));
    expect(await threadstore(one, 'import', path)).toMatchObject({
      exitCode: 1,
      stderr: `threadstore: ${path}:3: the file ends here, and the thread goes on (it has 3 items)\n`,
    });
    expect((await threadstore(one, 'export', id)).stdout).toBe(meta + line('one') + line('two'));
  });

  test('a bad line leaves its file out, and the others go on', async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    const bad = await folder.write('bad.jsonl', meta + line('fine') + '{"secret');
    const absent = join(folder.path, 'absent.jsonl');
    expect(await threadstore(one, 'import', bad, absent, rollout('e').path)).toEqual({
      exitCode: 1,
      stdout: `${rollout('e').path}: created, 10 items, thread ${rollout('e').threadId}\n1 created, 2 failed\n`,
      stderr: `threadstore: ${bad}:3: not valid JSON at offset 8\nthreadstore: ${absent}: no such file or directory\n`,
    });
    await expect(one.store.readThread({ threadId: id })).rejects.toMatchObject({ reason: 'THREAD_NOT_FOUND' });
  });

  test('--json says what became of each file', async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    const bad = await folder.write('bad.jsonl', 'x');
    const { exitCode, stdout, stderr } = await threadstore(one, 'import', '--json', bad, rollout('d').path);
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`threadstore: ${bad}:1: not valid JSON at offset 0\n`);
    expect(JSON.parse(stdout)).toEqual({
      created: 1,
      appended: 0,
      unchanged: 0,
      failed: 1,
      files: [
        {
          file: bad,
          threadId: null,
          status: 'failed',
          items: null,
          stored: 0,
          error: `${bad}:1: not valid JSON at offset 0`,
        },
        {
          file: rollout('d').path,
          threadId: rollout('d').threadId,
          status: 'created',
          items: 11,
          stored: 11,
          error: null,
        },
      ],
    });
  });

  test("another writer's lease is respected, unless --steal", async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    const path = await folder.write('x.jsonl', meta);
    await threadstore(one, 'import', path);
    const { lease, epoch } = await one.store.resumeThread({ threadId: id, holder: 'worker "7"' });
    await writeFile(path, meta + line('more'));
    expect(await threadstore(one, 'import', path)).toEqual({
      exitCode: 1,
      stdout: '1 failed\n',
      stderr: `threadstore: ${path}: the thread is being written by "worker \\"7\\"" until ${lease.until.toISOString()}; wait, or take it over with --steal\n`,
    });
    expect(await threadstore(one, 'import', '--steal', path)).toMatchObject(done);
    await expect(one.store.flushThread({ threadId: id, epoch })).rejects.toMatchObject({ reason: 'FENCED' });
  });

  test('the id of a deleted thread, and of one that is being created', async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    const path = await folder.write('x.jsonl', meta);
    const { epoch } = await one.store.createThread({ threadId: id });
    expect((await threadstore(one, 'import', path)).stderr).toContain('created by another writer just now');
    await one.store.persistThread({ threadId: id, epoch });
    await one.store.deleteThread({ threadId: id });
    expect((await threadstore(one, 'import', path)).stderr).toBe(`threadstore: ${path}: thread ${id}: was deleted\n`);
  });

  test('many items go in several batches, a large one alone; what fails in between can be gone on with', async () => {
    const store = new MemoryThreadStore();
    const append = store.appendItems.bind(store);
    const batches: number[] = [];
    let room = 3;
    store.appendItems = (params, options) => {
      room -= 1;
      if (room < 0) throw new ThreadStoreError({ reason: 'STORAGE_FULL', message: 'the database has no room left' });
      batches.push(params.items.length);
      return append(params, options);
    };
    await using one = await served({ store });
    await using folder = await ScratchFolder.create();
    const large = line('x'.repeat(2_000_000));
    const lines = Array.from({ length: 1_700 }, (_one, number) => line(`${number}`));
    const path = await folder.write('x.jsonl', meta + lines.join('') + large + line('end'));
    expect(await threadstore(one, 'import', path)).toEqual({
      exitCode: 1,
      stdout: '1 failed\n',
      stderr: `threadstore: ${path}: the database has no room left; 1500 items were stored before, import it again to go on\n`,
    });
    expect(batches).toEqual([500, 500, 500]);
    expect((await store.readThread({ threadId: id })).lease).toBeNull();
    room = 10;
    expect(await threadstore(one, 'import', path)).toMatchObject({
      ...done,
      stdout: expect.stringContaining('appended, 203 items') as string,
    });
    expect(batches.slice(3)).toEqual([201, 1, 1]);
    expect((await threadstore(one, 'export', id)).stdout).toBe(await readFile(path, 'utf8'));
  });

  test('a service with smaller limits names the limit; told of them, the import keeps to them', async () => {
    await using one = await served({ limits: { batchItemsMax: 7 } });
    expect((await threadstore(one, 'import', rollout('a').path)).stderr).toContain('limit batchItemsMax 7');
    expect(await threadstore(one, 'import', '--batch-items-max', '7', rollout('b').path)).toMatchObject(done);
  });
});

describe('export', () => {
  test('--output writes a file when it is complete, and leaves it alone otherwise', async () => {
    await using one = await served();
    await using folder = await ScratchFolder.create();
    await threadstore(one, 'import', rollout('c').path);
    const output = await folder.write('out.jsonl', 'before');
    const link = join(folder.path, 'link.jsonl');
    await symlink(output, link);
    expect((await threadstore(one, 'export', '--output', output, id)).exitCode).toBe(1);
    expect(await readFile(output, 'utf8')).toBe('before');
    expect(await threadstore(one, 'export', '--output', link, rollout('c').threadId)).toEqual({ ...done, stdout: '' });
    expect(await readFile(output, 'utf8')).toBe(await readFile(rollout('c').path, 'utf8'));
    const nowhere = join(folder.path, 'no', 'folder');
    const refused = await threadstore(one, 'export', '--output', nowhere, rollout('c').threadId);
    expect(refused).toMatchObject({ exitCode: 1, stderr: `threadstore: ${nowhere}: no such file or directory\n` });
  });

  test('an archived thread only when it is asked for', async () => {
    await using one = await served();
    await threadstore(one, 'import', rollout('e').path);
    const { threadId, path } = rollout('e');
    await one.store.archiveThread({ threadId });
    expect(await threadstore(one, 'export', threadId)).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('archived') as string,
    });
    expect((await threadstore(one, 'export', '--include-archived', threadId)).stdout).toBe(
      await readFile(path, 'utf8'),
    );
  });

  test('an item with line breaks between its tokens stays one line', async () => {
    await using one = await served();
    await one.store.createThread({ threadId: id });
    const items = ['{\n  "type": "a",\r\n  "x": "\\n"\n}', '{"type":"b"}'];
    await one.store.appendItems({ threadId: id, epoch: 1n, sequence: 0n, items });
    expect(await threadstore(one, 'export', id)).toEqual({
      exitCode: 0,
      stdout: '{   "type": "a",\r   "x": "\\n" }\n{"type":"b"}\n',
      stderr: 'threadstore: line breaks inside of 1 items were written as spaces\n',
    });
  });
});

describe('list and show', () => {
  test('a table that fits', async () => {
    await using one = await served();
    await threadstore(one, 'import', ...rollouts.map(({ path }) => path));
    await one.store.updateThreadMetadata({ threadId: rollout('a').threadId, patch: { name: 'gar\u001b[31mden\n' } });
    for (const columns of [80, 100, 120, 200]) {
      const { stdout } = await run(['list'], { THREADSTORE_ENDPOINT: one.endpoint }, columns);
      const lines = stdout.split('\n');
      expect(lines).toHaveLength(7);
      for (const text of lines) expect(text.length).toBeLessThanOrEqual(columns);
      expect(stdout).not.toContain('\u001b');
    }
    const { stdout } = await run(['list'], { THREADSTORE_ENDPOINT: one.endpoint }, 200);
    expect(stdout).toContain(String.raw`${rollout('a').threadId}  2026-02-03 10:15     45  vscode`);
    expect(stdout).toContain(String.raw`spade-2   /srv/garden   gar\x1b[31mden\n`);
  });

  test('filters, orders, pages', async () => {
    await using one = await served({ limits: { pageSizeMax: 3 } });
    for (let number = 0; number < 8; number += 1) {
      const threadId = `0191a000-8888-7000-8000-00000000000${number}`;
      const metadata = {
        createdAt: new Date(Date.UTC(2026, 0, 1 + number)),
        cwd: number % 2 === 0 ? '/even' : '/odd',
        modelProvider: number < 4 ? 'low' : 'high',
        source: number === 7 ? { custom: 'x' } : 'cli',
        name: `100% of ${number}`,
      };
      const parentThreadId = number === 0 ? null : `0191a000-8888-7000-8000-00000000000${number - 1}`;
      const { epoch } = await one.store.createThread({ threadId, parentThreadId, metadata });
      await one.store.persistThread({ threadId, epoch });
      await one.store.shutdownThread({ threadId, epoch });
    }
    await one.store.archiveThread({ threadId: '0191a000-8888-7000-8000-000000000003' });
    const listed = async (...args: string[]): Promise<string> => {
      const { exitCode, stdout } = await threadstore(one, 'list', '--json', '--sort', 'created', ...args);
      expect(exitCode).toBe(0);
      const threads = stdout.split('\n').filter((text) => text !== '');
      return threads.map((text) => (JSON.parse(text) as { threadId: string }).threadId.slice(-1)).join('');
    };
    expect(await listed()).toBe('7654210');
    expect(await listed('--order', 'asc')).toBe('0124567');
    expect(await listed('--limit', '5')).toBe('76542');
    expect(await listed('--limit', '0')).toBe('7654210');
    expect(await listed('--archived')).toBe('3');
    expect(await listed('--cwd', '/even')).toBe('6420');
    expect(await listed('--cwd', '/even', '--cwd', '/odd', '--model-provider', 'high')).toBe('7654');
    expect(await listed('--source', '{"custom":"x"}')).toBe('7');
    expect(await listed('--source', 'cli', '--search', '0% of 5')).toBe('5');
    expect(await listed('--search', '_')).toBe('');
    expect(await listed('--children-of', '0191a000-8888-7000-8000-000000000004')).toBe('5');
    expect(await listed('--descendants-of', '0191a000-8888-7000-8000-000000000001')).toBe('76542');
    const { threadId } = await one.store.forkThread({
      threadId: '0191a000-8888-7000-8000-000000000009',
      sourceThreadId: '0191a000-8888-7000-8000-000000000005',
    });
    expect(await listed('--forks-of', '0191a000-8888-7000-8000-000000000005')).toBe('9');
    expect(await listed('--forks-of', threadId)).toBe('');
    expect(await threadstore(one, 'list', '--forks-of', threadId, '--children-of', threadId)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--forks-of: not together with --children-of') as string,
    });
    expect((await threadstore(one, 'list', '--search', 'nothing')).stdout).toBe('no threads\n');
  });

  test('several endpoints: one that answers is enough', async () => {
    await using one = await served();
    const { exitCode, stdout } = await run(['list'], { THREADSTORE_ENDPOINT: `127.0.0.1:1, ${one.endpoint}` });
    expect(exitCode).toBe(0);
    expect(stdout).toBe('no threads\n');
  });

  test('show: metadata, lease and the kinds of the last items, but not what they say', async () => {
    await using one = await served();
    await threadstore(one, 'import', rollout('c').path);
    const { threadId } = rollout('c');
    await one.store.resumeThread({ threadId, holder: 'me\u0007' });
    await one.store.archiveThread({ threadId, epoch: 2n });
    const { stdout } = await threadstore(one, 'show', '--last', '3', threadId);
    expect(stdout).toMatch(/^thread {10}0191a000-3333-7000-8000-00000000000c\n/);
    expect(stdout).toMatch(/^tokens +120 in, 10 out, 130 in all$/m);
    expect(stdout).toMatch(/^lease +me\\x07, since \S+ \S+, until \S+ \S+$/m);
    expect(stdout).toMatch(/^archived +20/m);
    expect(stdout).toMatch(/^ {5}24 {2}event_msg \/ task_complete +\d+$/m);
    expect(stdout.match(/^ +\d+ {2}\S/gm)).toHaveLength(3);
    expect(stdout).not.toContain('Done.');
    const asJson = JSON.parse((await threadstore(one, 'show', '--json', threadId)).stdout) as Record<string, unknown>;
    expect(asJson).toMatchObject({ threadId, epoch: 2, nextOrdinal: 25, lease: { holder: 'me\u0007' } });
    expect(asJson['lastItems']).toHaveLength(10);
    expect((asJson['lastItems'] as unknown[]).at(-1)).toEqual({
      ordinal: 24,
      type: 'event_msg',
      payloadType: 'task_complete',
      bytes: expect.any(Number) as number,
    });
    expect((await threadstore(one, 'show', '--last', '0', threadId)).stdout).not.toContain('LAST ITEMS');
  });

  test.each([['list'], ['show', id], ['export', id], ['fork', id], ['import', rollout('a').path]])(
    '%s says that no service answers, and where',
    async (...args) => {
      const { exitCode, stderr } = await run(args, {
        THREADSTORE_ENDPOINT: '127.0.0.1:1',
        THREADSTORE_DEADLINE_MS: '500',
      });
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(
        /^threadstore: (.*: )?no service answers at 127\.0\.0\.1:1 \(start one with: threadstore serve\)\n$/,
      );
    },
  );
});
