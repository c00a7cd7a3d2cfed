import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseBearerToken } from '../../src/auth/bearer-token.ts';
import { ListedTokens } from '../../src/auth/listed-tokens.ts';
import { parseTokenList } from '../../src/auth/token-list.ts';
import { run } from '../support/fake-terminal.ts';
import { ScratchFolder } from '../support/rollouts.ts';

const good = { id: 'a1', sha256: '0'.repeat(64), tenant: 'acme', scopes: ['read'] };

describe('threadstore tokens', () => {
  test('create, list and revoke', async () => {
    await using folder = await ScratchFolder.create();
    const file = join(folder.path, 'tokens.json');
    const env = { THREADSTORE_TOKENS_FILE: file };
    const created = await run(['tokens', 'create', '--tenant', 'acme', '--scope', 'read', '--note', 'x'], env);
    expect(created).toMatchObject({ exitCode: 0, stderr: '' });
    expect(created.stdout).toMatch(/^ts_[0-9a-f]{12}_[\w-]{43}\n$/);
    const second = await run(['tokens', 'create', '--expires', '1h'], env);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const text = await readFile(file, 'utf8');
    const { id = '', secret = '' } = parseBearerToken(created.stdout.trim()) ?? {};
    expect(text).not.toContain(secret);
    const listed = await run(['tokens', 'list'], env);
    expect(listed.stdout.split('\n')).toHaveLength(4);
    expect(listed.stdout).toMatch(new RegExp(`${id} +acme +read +\\S+ +never +x`));
    const asJson = await run(['tokens', 'list', '--json'], env);
    expect(asJson.stdout).not.toContain('sha256');
    const tokens = new ListedTokens(parseTokenList(text));
    expect(tokens.look(created.stdout.trim())?.principal).toEqual({
      tenant: 'acme',
      subject: `token ${id}`,
      scopes: new Set(['read']),
    });
    expect(tokens.look(second.stdout.trim())?.holds(Date.now() + 3_700_000)).toBe(false);
    expect(await run(['tokens', 'revoke', id], env)).toMatchObject({ exitCode: 0, stdout: `revoked ${id}\n` });
    expect((await run(['tokens', 'list'], env)).stdout).not.toContain(id);
    const again = await run(['tokens', 'revoke', id], env);
    expect(again).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no token has that id') as string });
  });

  test('who makes and revokes tokens is audited, with nothing of their secrets or notes', async () => {
    await using folder = await ScratchFolder.create();
    const [file, log] = [join(folder.path, 'tokens.json'), join(folder.path, 'audit.jsonl')];
    const env = { THREADSTORE_TOKENS_FILE: file, THREADSTORE_AUDIT_LOG: log };
    const create = ['tokens', 'create', '--tenant', 'acme', '--scope', 'read', '--expires', '1h', '--note', 'canary'];
    const { stdout } = await run(create, env);
    const { id = '', secret = '' } = parseBearerToken(stdout.trim()) ?? {};
    expect(await run(['tokens', 'revoke', id], env)).toMatchObject({ exitCode: 0 });
    expect(await run(['tokens', 'revoke', id], env)).toMatchObject({ exitCode: 1 });
    const text = await readFile(log, 'utf8');
    const entries = text.split('\n').filter((line) => line !== '');
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string;
    const subject = `user ${userInfo().username}`;
    const entry = { time: at, tenant: 'acme', subject, tokenId: id, scopes: ['read'], expiresAt: at, code: 'OK' };
    expect(entries.map((line) => JSON.parse(line) as object)).toEqual([
      { ...entry, command: 'tokens create' },
      { ...entry, command: 'tokens revoke' },
    ]);
    expect(text).not.toContain(secret);
    expect(text).not.toContain('canary');
    expect((await stat(log)).mode & 0o777).toBe(0o600);
    const onStderr = await run(['tokens', 'create'], { ...env, THREADSTORE_AUDIT_LOG: '-' });
    expect(JSON.parse(onStderr.stderr)).toMatchObject({ tenant: 'default', subject, command: 'tokens create' });
  });

  test('nothing is changed when the audit log can not be opened; an entry that it does not take is told', async () => {
    await using folder = await ScratchFolder.create();
    const file = join(folder.path, 'tokens.json');
    const create = (log: string) => run(['tokens', 'create', '--tokens-file', file, '--audit-log', log]);
    const refused = await create(join(folder.path, 'no', 'audit.jsonl'));
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toMatch(/^threadstore: --audit-log: .*no such file or directory\n$/);
    await expect(stat(file)).rejects.toThrow('ENOENT');
    const { exitCode, stdout, stderr } = await create('/dev/full');
    expect(exitCode).toBe(1);
    const { id } = parseBearerToken(stdout.trim()) ?? {};
    expect(stderr).toMatch(/^threadstore: --audit-log: it is done, but the audit log can not be written: \{.*\}\n$/);
    expect(stderr).toContain(`"tokenId":"${id}"`);
    expect(parseTokenList(await readFile(file, 'utf8'))).toMatchObject([{ id }]);
  });

  test('a file that others may read is refused, to read and to change', async () => {
    await using folder = await ScratchFolder.create();
    const file = join(folder.path, 'tokens.json');
    await run(['tokens', 'create', '--tokens-file', file]);
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(file, mode);
      for (const command of ['list', 'create']) {
        const { exitCode, stdout, stderr } = await run(['tokens', command, '--tokens-file', file]);
        expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
        expect(stderr).toMatch(/others may read it, so it is not trusted \(mode 6\d\d; chmod 600\)\n$/);
      }
      const served = await run(['serve', '--listen', '127.0.0.1:0', '--tokens-file', file]);
      expect(served).toMatchObject({
        exitCode: 2,
        stderr: expect.stringMatching(/^threadstore: --tokens-file: .*chmod 600/) as string,
      });
    }
  });

  test('two changes at once do not undo each other', async () => {
    await using folder = await ScratchFolder.create();
    const file = join(folder.path, 'tokens.json');
    const created = await Promise.all(
      Array.from({ length: 8 }, () => run(['tokens', 'create', '--tokens-file', file])),
    );
    const done = created.filter(({ exitCode }) => exitCode === 0);
    const listed = parseTokenList(await readFile(file, 'utf8')).map(({ id }) => id);
    expect(new Set(listed)).toEqual(new Set(done.map(({ stdout }) => stdout.split('_')[1])));
    expect(listed).toHaveLength(done.length);
    for (const { exitCode, stderr } of created) {
      expect(exitCode === 0 || stderr.includes('another command is changing it')).toBe(true);
    }
  });
});

describe('a file of tokens', () => {
  test.each([
    ['', /^is no JSON$/],
    ['[]', /^the file: expected an object/],
    ['{"version":2,"tokens":[]}', /^version: /],
    ['{"version":1}', /^tokens: expected an array/],
    [{ ...good, id: 'A' }, /^tokens\[0\]\.id: /],
    [{ ...good, sha256: 'x' }, /^tokens\[0\]\.sha256: /],
    [{ ...good, tenant: '' }, /^tokens\[0\]\.tenant: must have 1 to 255 bytes/],
    [{ ...good, tenant: 'a\0' }, /^tokens\[0\]\.tenant: /],
    [{ ...good, scopes: [] }, /^tokens\[0\]\.scopes: /],
    [{ ...good, scopes: ['all'] }, /^tokens\[0\]\.scopes: /],
    [{ ...good, expiresAt: 'tomorrow' }, /^tokens\[0\]\.expiresAt: /],
    [{ ...good, expires: '2027-01-31T00:00:00Z' }, /^tokens\[0\]: has an unknown member/],
  ])('refuses %j', (given, message) => {
    const text = typeof given === 'string' ? given : JSON.stringify({ version: 1, tokens: [given] });
    expect(() => parseTokenList(text)).toThrow(message);
  });

  test('refuses an id that is there twice', () => {
    const text = JSON.stringify({ version: 1, tokens: [good, good] });
    expect(() => parseTokenList(text)).toThrow('tokens: the id a1 is there twice');
  });

  test('that is no good keeps a service from starting', async () => {
    await using folder = await ScratchFolder.create();
    const file = join(folder.path, 'tokens.json');
    const refused = await run(['serve', '--tokens-file', file]);
    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: `threadstore: --tokens-file: ${file}: no such file or directory\n`,
    });
    await writeFile(file, '{"version":1,"tokens":[{"secret":"hunter2"}]}', { mode: 0o600 });
    const wrong = await run(['serve'], { THREADSTORE_TOKENS_FILE: file });
    expect(wrong).toMatchObject({
      exitCode: 2,
      stderr: `threadstore: THREADSTORE_TOKENS_FILE: ${file}: tokens[0]: has an unknown member\n`,
    });
  });
});
