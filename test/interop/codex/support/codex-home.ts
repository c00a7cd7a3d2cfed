import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startProcess, type StartedProcess } from '@threadstore/testkit';

export interface CodexHomeOptions {
  readonly program: string;
  readonly modelUrl: string;
  /** Where a service speaks to Codex, as a URL. Without it Codex keeps threads in files of its own. */
  readonly threadStoreUrl?: string;
}

/** A Codex of its own: a program, settings, state, and folders to work in, which are gone with it. */
export class CodexHome implements AsyncDisposable {
  /** A folder to work in. */
  readonly garden: string;
  /** Another one, a git repository with one commit. */
  readonly orchard: string;
  /** What holds everything. */
  readonly folder: string;
  readonly #program: string;

  private constructor(folder: string, program: string) {
    this.folder = folder;
    this.garden = join(folder, 'garden');
    this.orchard = join(folder, 'orchard');
    this.#program = program;
  }

  static async create({ program, modelUrl, threadStoreUrl }: CodexHomeOptions): Promise<CodexHome> {
    const home = new CodexHome(await realpath(await mkdtemp(join(tmpdir(), 'threadstore-codex-'))), program);
    try {
      for (const folder of [home.#state, home.garden, home.orchard]) await mkdir(folder);
      await writeFile(join(home.#state, 'config.toml'), configuration(modelUrl, threadStoreUrl));
      await makeRepository(home.orchard, home.#environment);
      return home;
    } catch (error) {
      await home[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts Codex. With `onLine` it can be written to, and says its lines there. */
  async start(args: readonly string[], onLine?: (line: string) => void): Promise<StartedProcess> {
    const listening = onLine === undefined ? {} : { onLine };
    return startProcess(this.#program, args, { cwd: this.garden, env: this.#environment, ...listening });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Codex may have left a helper behind that still writes.
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  get #state(): string {
    return join(this.folder, 'state');
  }

  /** Nothing of whoever runs the tests: no settings, no keys, no proxy between the processes of one machine. */
  get #environment(): Readonly<Record<string, string>> {
    return {
      CODEX_HOME: this.#state,
      HOME: this.folder,
      OPENAI_API_KEY: '',
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      RUST_LOG: 'error',
    };
  }
}

function configuration(modelUrl: string, threadStoreUrl: string | undefined): string {
  const provider = (name: string): string =>
    [
      `[model_providers.${name}]`,
      `name = "${name}"`,
      `base_url = "${modelUrl}"`,
      'wire_api = "responses"',
      'request_max_retries = 0',
      'stream_max_retries = 0',
      'supports_websockets = false',
    ].join('\n');
  return [
    'model = "gpt-5.1-codex"',
    'model_provider = "scripted"',
    'approval_policy = "never"',
    'sandbox_mode = "danger-full-access"',
    'check_for_update_on_startup = false',
    ...(threadStoreUrl === undefined ? [] : [`experimental_thread_store_endpoint = "${threadStoreUrl}"`]),
    // What would ask for something over the network.
    '[analytics]\nenabled = false',
    '[features]\nplugins = false\napps = false',
    provider('scripted'),
    provider('other'),
    '',
  ].join('\n');
}

async function makeRepository(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  const person = ['NAME', 'EMAIL'].flatMap((part) =>
    ['AUTHOR', 'COMMITTER'].map((role) => [`GIT_${role}_${part}`, 'x']),
  );
  const dates = ['AUTHOR', 'COMMITTER'].map((role) => [`GIT_${role}_DATE`, '2026-01-01T00:00:00Z']);
  const git = async (...args: readonly string[]): Promise<unknown> =>
    promisify(execFile)('git', args, {
      cwd: folder,
      env: { ...process.env, ...env, ...(Object.fromEntries([...person, ...dates]) as Record<string, string>) },
    });
  await git('init', '--quiet', '--initial-branch', 'plum');
  await git('commit', '--quiet', '--allow-empty', '--message', 'Plant');
  await git('remote', 'add', 'origin', 'https://git.example/orchard.git');
}
