import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { collectGitInfo } from '../src/live/git-info.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'git-info-')));
let folders = 0;

beforeEach(() => {
  // Whatever holds the temporary folder, and whoever runs the test, is not looked at.
  vi.stubEnv('GIT_CEILING_DIRECTORIES', root);
  vi.stubEnv('GIT_CONFIG_GLOBAL', join(root, 'no-config'));
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
});

afterEach(() => vi.unstubAllEnvs());
afterAll(() => rmSync(root, { recursive: true }));

function folder(): string {
  folders += 1;
  const path = join(root, String(folders));
  mkdirSync(path);
  return path;
}

const settings = ['user.name=A', 'user.email=a@example.com', 'init.defaultBranch=trunk', 'commit.gpgSign=false'];

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', [...settings.flatMap((setting) => ['-c', setting]), ...args], { cwd, encoding: 'utf8' });
}

function repository(): string {
  const path = folder();
  git(path, 'init', '--quiet');
  return path;
}

/** A repository with a commit; its folder and the commit. */
function withCommit(): [string, string] {
  const path = repository();
  git(path, 'commit', '--quiet', '--allow-empty', '--message', 'first');
  return [path, git(path, 'rev-parse', 'HEAD').trim()];
}

describe('of a repository', () => {
  test('come commit, branch and origin', async () => {
    const [path, commitHash] = withCommit();
    git(path, 'remote', 'add', 'origin', 'git@example.com:team/code.git');
    const repositoryUrl = 'git@example.com:team/code.git';
    const within = join(path, 'a', 'b');
    mkdirSync(within, { recursive: true });
    for (const cwd of [path, within]) {
      expect(await collectGitInfo(cwd)).toEqual({ commitHash, branch: 'trunk', repositoryUrl });
    }
  });

  test('without commits comes its branch', async () => {
    expect(await collectGitInfo(repository())).toEqual({ branch: 'trunk' });
  });

  test('without an origin come commit and branch', async () => {
    const [path, commitHash] = withCommit();
    git(path, 'remote', 'add', 'other', 'https://example.com/code');
    expect(await collectGitInfo(path)).toEqual({ commitHash, branch: 'trunk' });
  });

  test('with no branch checked out comes the commit', async () => {
    const [path, commitHash] = withCommit();
    git(path, 'checkout', '--quiet', '--detach');
    expect(await collectGitInfo(path)).toEqual({ commitHash });
  });

  test('come the branch of a work tree and what is common', async () => {
    const [path, commitHash] = withCommit();
    git(path, 'remote', 'add', 'origin', 'https://example.com/code');
    const tree = join(folder(), 'tree');
    git(path, 'worktree', 'add', '--quiet', '-b', 'side', tree);
    const repositoryUrl = 'https://example.com/code';
    expect(await collectGitInfo(tree)).toEqual({ commitHash, branch: 'side', repositoryUrl });
  });

  test('that holds the folder, whatever the environment says', async () => {
    const [path, commitHash] = withCommit();
    vi.stubEnv('GIT_DIR', join(repository(), '.git'));
    expect(await collectGitInfo(path)).toMatchObject({ commitHash });
  });
});

describe('a URL', () => {
  test.for<[string, string]>([
    ['https://user:token@example.com/a/b.git', 'https://example.com/a/b.git'],
    ['https://token@example.com:8443/a', 'https://example.com:8443/a'],
    ['HTTPS://user:p@ss:w@example.com/a', 'HTTPS://example.com/a'],
    ['ssh://git:secret@example.com/a', 'ssh://example.com/a'],
    ['https://example.com/a@b', 'https://example.com/a@b'],
    ['git@example.com:a/b', 'git@example.com:a/b'],
    ['../code', '../code'],
  ])('%s is told as %s', async ([url, repositoryUrl]) => {
    const path = repository();
    git(path, 'remote', 'add', 'origin', url);
    expect(await collectGitInfo(path)).toEqual({ branch: 'trunk', repositoryUrl });
  });
});

describe('there is nothing to tell', () => {
  test('of a folder without a repository', async () => {
    expect(await collectGitInfo(folder())).toBeNull();
  });

  test('of a folder that does not exist, or can not', async () => {
    expect(await collectGitInfo(join(root, 'missing'))).toBeNull();
    expect(await collectGitInfo('a\0b')).toBeNull();
  });

  test('without the program', async () => {
    const [path] = withCommit();
    vi.stubEnv('PATH', folder());
    expect(await collectGitInfo(path)).toBeNull();
  });

  test('when the caller gives up, before or meanwhile', async () => {
    const [path] = withCommit();
    expect(await collectGitInfo(path, { signal: AbortSignal.abort() })).toBeNull();
    const controller = new AbortController();
    const asked = collectGitInfo(path, { signal: controller.signal });
    controller.abort();
    expect(await asked).toBeNull();
  });

  test('when there is no time for it', async () => {
    const [path] = withCommit();
    expect(await collectGitInfo(path, { timeoutMs: Number.NaN })).toBeNull();
  });
});

describe.skipIf(process.platform === 'win32')('a program that hangs', () => {
  /** Puts a program in the place of git, which notes its process and sleeps. */
  function hangingGit(): string {
    const path = folder();
    const program = join(path, 'git');
    writeFileSync(program, `#!/bin/sh\necho $$ > '${path}/'$$ && mv '${path}/'$$ '${path}/pid'\nexec sleep 600\n`);
    chmodSync(program, 0o755);
    vi.stubEnv('PATH', [path, process.env['PATH']].join(delimiter));
    return join(path, 'pid');
  }

  test('is given up after the time', async () => {
    const [path] = withCommit();
    hangingGit();
    expect(await collectGitInfo(path, { timeoutMs: 20 })).toBeNull();
  });

  test('is ended', async () => {
    const [path] = withCommit();
    const pidFile = hangingGit();
    const controller = new AbortController();
    const asked = collectGitInfo(path, { signal: controller.signal, timeoutMs: 600_000 });
    await vi.waitFor(() => expect(existsSync(pidFile)).toBe(true));
    const pid = Number(readFileSync(pidFile, 'utf8'));
    controller.abort();
    expect(await asked).toBeNull();
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
  });
});
