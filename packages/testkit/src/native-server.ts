import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findNativeBinaries, type NativeBinaries } from './native-binaries.ts';
import { type RunningPostgres, withClient } from './running-postgres.ts';
import { giveServerFolder, makeServerFolder } from './server-folder.ts';
import { folderPlace, type ServerPlace, Volume } from './server-place.ts';
import { freezeAll, killAll, processAndChildren, signalAll } from './server-processes.ts';
import { waitFor } from './wait-for.ts';

export interface NativePostgresOptions {
  /** Leaves the server as safe from power cuts as any is by default, and as slow; for measuring. Default false. */
  readonly durable?: boolean;
  /** Variables for the server, beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings of the server beside those of all of these, as `name=value`. */
  readonly settings?: readonly string[];
  /** Keeps the data on a file system of this size in MiB, whose power `cutPower` cuts; see `Volume`. */
  readonly volumeMiB?: number;
}

const settings = [
  // Reached from this machine only, and only over TCP.
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=200',
];

const testSettings = [
  // Most tests kill processes at most, never the power: what a killed server has written is in the system's cache, and stays there.
  'fsync=off',
  // Neither UTC nor whole hours, so that a time that forgot its zone is a wrong one.
  'timezone=Asia/Kathmandu',
];

/**
 * Becomes the server ($$ is its process id from then on), with a watcher beside it. The watcher reads the pipe whose other end
 * this process holds: when that closes, even by kill -9, it ends the server without a checkpoint and removes the folder,
 * after 10 s at the latest. (Where nobody reaps processes a dead one seems to live.) The folder of a server that has ended stays: it may
 * be started again.
 */
const watched = `
folder=$1; data=$2; shift 2; exec 3<&0 </dev/null
(
  read -r _ <&3; kill -QUIT $$ || exit; n=0
  while [ -e "$data/postmaster.pid" ] && kill -0 $$ && [ $n -lt 500 ]; do sleep 0.02; n=$((n + 1)); done
  cd /; umount "$folder/volume"; rm -rf "$folder"
) 2>/dev/null &
exec 3<&- >/dev/null; exec "$@"`;

/** Where a data folder comes from that is not made by initdb. */
export interface Original {
  readonly password: string;
  /** Puts the data into the folder, as this process' user. */
  copyTo(data: string): Promise<void>;
}

/** A Postgres server of its own, from the programs that npm installed. It can be killed and started again. */
export class NativeServer implements RunningPostgres {
  readonly source = 'native';
  readonly url: string;
  /** The end of what the server said. */
  log = '';
  readonly password: string;
  readonly #port: number;
  readonly #options: NativePostgresOptions;
  readonly #folder = makeServerFolder();
  readonly #original: Original | undefined;
  #binaries: NativeBinaries | undefined;
  #place: ServerPlace | undefined;
  #process: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(port: number, options: NativePostgresOptions, original?: Original) {
    this.#port = port;
    this.#options = options;
    this.#original = original;
    this.password = original?.password ?? randomBytes(12).toString('hex');
    this.url = `postgres://postgres:${this.password}@127.0.0.1:${port}/postgres`;
  }

  /** The id of its first process while it runs. */
  get pid(): number | undefined {
    return this.#running() ? this.#process?.pid : undefined;
  }

  get data(): string {
    if (this.#place === undefined) throw new Error('native Postgres: it has no data yet');
    return this.#place.data;
  }

  /** The file system that it has to itself. */
  get volume(): Volume {
    if (this.#place instanceof Volume) return this.#place;
    throw new Error('native Postgres: it has no volume');
  }

  /** Starts it, the first time with new data. Resolves when it accepts connections. */
  async start(): Promise<void> {
    if (this.#binaries === undefined || this.#place === undefined) await this.#prepare();
    this.#spawn();
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

  /** Kills all its processes by SIGKILL, and resolves when they are gone. */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    await killAll(freezeAll(pid));
    await this.#ended;
  }

  /** Cuts the power of the file system that it has to itself. The server is gone then, and with it what was not written. */
  async cutPower(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) throw new Error('native Postgres: it does not run');
    const all = freezeAll(pid);
    this.volume.losePower();
    await killAll(all);
    await this.#ended;
  }

  /** Stops all its processes until `thaw`. */
  freeze(): void {
    if (this.pid !== undefined) freezeAll(this.pid);
  }

  thaw(): void {
    if (this.pid !== undefined) signalAll(processAndChildren(this.pid), 'SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    this.#process?.stdin?.end();
    await this.#ended;
    // What a server that never started left, or one that its watcher lost patience with.
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #prepare(): Promise<void> {
    const binaries = findNativeBinaries(this.#folder);
    const { volumeMiB } = this.#options;
    giveServerFolder(this.#folder, binaries.user);
    const place =
      volumeMiB === undefined
        ? folderPlace(this.#folder, binaries.user)
        : new Volume(this.#folder, binaries.user, volumeMiB);
    if (this.#original === undefined) this.#initialise(binaries, place);
    else await this.#original.copyTo(place.data);
    this.#binaries = binaries;
    this.#place = place;
  }

  #initialise({ initdb, user }: NativeBinaries, place: ServerPlace): void {
    const passwordFile = join(this.#folder, 'password');
    writeFileSync(passwordFile, `${this.password}\n`, { mode: 0o600 });
    if ('uid' in user) chownSync(passwordFile, user.uid, user.gid);
    const options = [
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // As on most servers, text sorts as in a language and not by its bytes.
      '--locale=C',
      '--locale-provider=icu',
      '--icu-locale=en-US',
      ...(this.#options.volumeMiB === undefined ? ['--no-sync'] : []),
      '--no-instructions',
    ];
    const places = ['--pgdata', place.data, '--pwfile', passwordFile];
    const [command = initdb, ...args] = [...place.enter, ...place.become, initdb, ...places, ...options];
    const ran = spawnSync(command, args, { ...place.user, cwd: '/', encoding: 'utf8' });
    if (ran.error !== undefined) throw new Error(`native Postgres: initdb: ${ran.error.message}`, { cause: ran.error });
    if (ran.status !== 0) throw new Error(`native Postgres: ${lastLine(ran.stderr)}`);
  }

  #spawn(): void {
    const [binaries, place] = [this.#binaries, this.#place];
    if (binaries === undefined || place === undefined) throw new Error('native Postgres: it has no data yet');
    const { durable = false, env = {}, settings: more = [] } = this.#options;
    const configuration = [...settings, ...(durable ? [] : testSettings), ...more].flatMap((one) => ['-c', one]);
    const server = [binaries.postgres, '-D', place.data, '-p', String(this.#port), ...configuration];
    const watching = ['sh', '-c', watched, 'sh', this.#folder, place.data];
    const [command = 'sh', ...args] = [...place.enter, ...watching, ...place.become, ...server];
    // In a session of its own, where a Ctrl-C in the terminal does not reach it before its clients.
    const child = spawn(command, args, {
      ...place.user,
      cwd: '/',
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        resolve();
      });
    });
    child.once('error', (error) => {
      this.log += `${error.message}\n`;
    });
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
