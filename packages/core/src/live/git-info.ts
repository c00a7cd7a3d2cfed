import { execFile } from 'node:child_process';
import type { GitInfoPatch } from '../metadata-patch.ts';

export interface GitInfoOptions {
  /** Ends the search; what was found until then is forgotten. */
  readonly signal?: AbortSignal;
  /** In milliseconds, for all of it. Default 5,000. */
  readonly timeoutMs?: number;
}

/**
 * Asks the program `git` for the commit, the branch and the origin's URL of the repository that holds a folder. A fact that there is not
 * (a commit in a new repository, a branch where none is checked out, a remote) is absent. `null` without a repository or without the
 * program, and when it takes too long. Never rejects. Names and passwords are removed from the URL, which is stored and shown.
 */
export async function collectGitInfo(cwd: string, options: GitInfoOptions = {}): Promise<GitInfoPatch | null> {
  const { signal, timeoutMs = 5_000 } = options;
  try {
    const deadline = AbortSignal.timeout(timeoutMs);
    const run = { cwd, signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) };
    const [repository, commitHash, branch, url] = await Promise.all([
      git(['rev-parse', '--git-dir'], run),
      git(['rev-parse', '--verify', '--quiet', 'HEAD'], run),
      git(['symbolic-ref', '--short', '--quiet', 'HEAD'], run),
      git(['remote', 'get-url', 'origin'], run),
    ]);
    if (repository === null) return null;
    return {
      ...(commitHash !== null && { commitHash }),
      ...(branch !== null && { branch }),
      ...(url !== null && { repositoryUrl: withoutUser(url) }),
    };
  } catch {
    return null;
  }
}

/** What git prints; `null` if it says no, or nothing. Rejects when it can't be run to its end. */
function git(
  args: readonly string[],
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const settings = { cwd, signal, env: environment(), killSignal: 'SIGKILL', windowsHide: true } as const;
    execFile('git', ['--no-pager', ...args], settings, (error, stdout) => {
      if (error === null) resolve(stdout.trim() || null);
      else if (typeof error.code === 'number') resolve(null);
      else reject(new Error('git did not come to its end', { cause: error }));
    });
  });
}

/** In a hook, git itself sets these: they would name another repository than the folder's. */
const repositoryVariables = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_COMMON_DIR'];

function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !repositoryVariables.includes(name));
  // No locks: the user's own git must not wait for this one. No prompts: nobody would see them.
  return { ...Object.fromEntries(inherited), GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
}

/** Whatever stands there may be a secret: some hosts take a token for the name. */
function withoutUser(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1');
}
