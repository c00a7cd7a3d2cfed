import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { findNativeBinaries, type NativeBinaries } from './native-binaries.ts';
import { type RunningPostgres, withClient } from './running-postgres.ts';
import { giveServerFolder, makeServerFolder, sweepServerFolders } from './server-folder.ts';
import { waitFor } from './wait-for.ts';

export interface NativePostgresOptions {
  /** Leaves the server as safe from power cuts as any is by default, and as slow; for measuring. Default false. */
  readonly durable?: boolean;
  /** Variables for the server, beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings of the server beside those of all of these, as `name=value`. */
  readonly settings?: readonly string[];
}

const settings = [
  // Reached from this machine only, and only over TCP.
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
];

const testSettings = [
  // A test kills processes, never the power: what a killed server has written is in the system's cache, and stays there.
  'fsync=off',
  // Neither UTC nor whole hours, so that a time that forgot its zone is a wrong one.
  'timezone=Asia/Kathmandu',
];

/**
 * Becomes the server ($$ is its process id from then on), with a watcher beside it. The watcher reads the pipe whose other end
 * this process holds: when that closes, even by kill -9, it ends the server without a checkpoint and removes the folder,
 * after 10 s at the latest. (Where nobody reaps processes a dead one seems to live.) A word in the pipe
 * sends the watcher away: the folder stays then.
 */
const watched = `
folder=$1; shift; exec 3<&0 </dev/null
(
  read -r word <&3; [ "$word" = stay ] && exit; kill -QUIT $$; n=0
  while [ -e "$folder/data/postmaster.pid" ] && kill -0 $$ && [ $n -lt 500 ]; do sleep 0.02; n=$((n + 1)); done
  cd /; rm -rf "$folder"
) 2>/dev/null &
exec 3<&- >/dev/null; exec "$@"`;

/**
 * Starts a Postgres of its own from the programs that npm installed, on a free port of 127.0.0.1, with an empty data folder in
 * a temporary place. `stop`, or the end of this process, ends it and removes the folder.
 */
export async function startNativePostgres(options: NativePostgresOptions = {}): Promise<NativePostgres> {
  await sweepServerFolders();
  for (let attempt = 1; ; attempt++) {
    const server = new NativePostgres(await freePort(), options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Somebody else took the port in between.
      if (attempt === 5 || !server.log.includes('could not bind')) throw error;
    }
  }
}

/** A Postgres server of its own, from the programs that npm installed. It can be killed and started again. */
export class NativePostgres implements RunningPostgres {
  readonly source = 'native';
  readonly url: string;
  /** The end of what the server said. */
  log = '';
  readonly #port: number;
  readonly #options: NativePostgresOptions;
  readonly #password = randomBytes(12).toString('hex');
  readonly #folder = makeServerFolder();
  #process: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #binaries: NativeBinaries | undefined;

  constructor(port: number, options: NativePostgresOptions) {
    this.#port = port;
    this.#options = options;
    this.url = `postgres://postgres:${this.#password}@127.0.0.1:${port}/postgres`;
  }

  /** Starts it, the first time with new data. Resolves when it accepts connections. */
  async start(): Promise<void> {
    this.#binaries ??= this.#prepare();
    this.#spawn(this.#binaries);
    await waitFor(async () => !this.#running() || (await withClient(this.url, (client) => client.query('select 1'))), {
      timeoutMs: 30_000,
      what: 'a native Postgres to accept connections',
    });
    if (!this.#running()) throw new Error(`native Postgres: did not start: ${lastLine(this.log)}`);
  }

  /** Starts a server that was killed. What the dead one left in the system may be in the way for a moment. */
  async restart(): Promise<void> {
    await waitFor(() => this.start().then(() => true), { timeoutMs: 60_000, what: 'a killed Postgres to start again' });
  }

  /** Ends it as a crash of all its processes would, and resolves when they are gone. Its data stays. */
  async kill(): Promise<void> {
    // Its watcher leaves, and the folder stays.
    this.#process?.stdin?.write('stay\n');
    this.#process?.kill('SIGQUIT');
    await this.#ended;
  }

  async stop(): Promise<void> {
    this.#process?.stdin?.end();
    await this.#ended;
    // What a server that never started left, or one that its watcher lost patience with.
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #prepare(): NativeBinaries {
    const binaries = findNativeBinaries(this.#folder);
    giveServerFolder(this.#folder, binaries.user);
    this.#initialise(binaries);
    return binaries;
  }

  #initialise({ initdb, user }: NativeBinaries): void {
    const passwordFile = join(this.#folder, 'password');
    writeFileSync(passwordFile, `${this.#password}\n`, { mode: 0o600 });
    if ('uid' in user) chownSync(passwordFile, user.uid, user.gid);
    const options = [
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // As on most servers, text sorts as in a language and not by its bytes.
      '--locale=C',
      '--locale-provider=icu',
      '--icu-locale=en-US',
      '--no-sync',
      '--no-instructions',
    ];
    const places = ['--pgdata', join(this.#folder, 'data'), '--pwfile', passwordFile];
    const ran = spawnSync(initdb, [...places, ...options], { ...user, cwd: '/', encoding: 'utf8' });
    if (ran.error !== undefined) throw new Error(`native Postgres: initdb: ${ran.error.message}`, { cause: ran.error });
    if (ran.status !== 0) throw new Error(`native Postgres: ${lastLine(ran.stderr)}`);
  }

  #spawn({ postgres, user }: NativeBinaries): void {
    const server = [postgres, '-D', join(this.#folder, 'data'), '-p', String(this.#port)];
    const { durable = false, env = {}, settings: own = [] } = this.#options;
    const all = [...settings, ...(durable ? [] : testSettings), ...own];
    const configuration = all.flatMap((setting) => ['-c', setting]);
    const child = spawn(
      'sh',
      ['-c', watched, 'sh', this.#folder, ...server, ...configuration],
      // In a session of its own, where a Ctrl-C in the terminal does not reach it before its clients.
      { ...user, cwd: '/', env: { ...process.env, ...env }, detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        resolve();
      });
    });
    child.once('error', (error) => {
      this.log += `${error.message}\n`;
    });
    // A server that ends by itself takes its watcher along.
    child.once('exit', () => child.stdin.end());
    child.stdin.on('error', () => undefined);
    child.stdout.resume();
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.log = (this.log + text).slice(-20_000);
    });
  }

  #running(): boolean {
    const child = this.#process;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }
}

function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return lines.findLast((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? '';
}
