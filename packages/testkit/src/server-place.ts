import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerUser } from './server-folder.ts';

/** Where a native server keeps its data, and how a program is run that sees it. */
export interface ServerPlace {
  readonly data: string;
  /** What stands before a command line that is run by this process' user, so that it sees the place. */
  readonly enter: readonly string[];
  /** What stands before the program, so that it is the server's user who runs it. */
  readonly become: readonly string[];
  /** Whom to start the command line as. */
  readonly user: ServerUser;
}

/** A plain folder. */
export function folderPlace(folder: string, user: ServerUser): ServerPlace {
  return { data: join(folder, 'data'), enter: [], become: [], user };
}

const mount = `
set -e; mount -o loop,noatime "$1" "$2"; chown "$3:$4" "$2"; shift 4; exec "$@"`;

/**
 * A file system of its own, in a file. It is mounted in a namespace that consists of the server's processes: with the last of them it
 * is gone, however they end, and the loop device with it. Root may do that, on most Linux systems.
 */
export class Volume implements ServerPlace {
  readonly data: string;
  readonly enter: readonly string[];
  readonly become: readonly string[];
  readonly user = {};
  readonly #mountPoint: string;
  readonly #image: string;

  constructor(folder: string, user: ServerUser, mebibytes: number) {
    const { uid, gid } = 'uid' in user ? user : { uid: 0, gid: 0 };
    this.#mountPoint = join(folder, 'volume');
    this.#image = join(folder, 'volume.img');
    this.data = join(this.#mountPoint, 'data');
    execFileSync('mkdir', [this.#mountPoint]);
    execFileSync('truncate', ['-s', `${mebibytes}M`, this.#image]);
    execFileSync('mkfs.ext4', ['-q', '-F', this.#image], { stdio: ['ignore', 'ignore', 'pipe'] });
    const inside = ['sh', '-c', mount, 'sh', this.#image, this.#mountPoint, String(uid), String(gid)];
    this.enter = ['unshare', '--mount', '--propagation', 'private', ...inside];
    this.become = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
  }

  /** Why this machine can't have one, in one line; undefined where it can. */
  static problem(): string | undefined {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it needs Linux and root';
    for (const program of ['unshare', 'setpriv', 'losetup', 'mkfs.ext4']) {
      if (spawnSync(program, ['--version']).error !== undefined) return `there is no ${program}`;
    }
    const ran = spawnSync('unshare', ['--mount', 'losetup', '--find'], { encoding: 'utf8' });
    return ran.status === 0 ? undefined : `there is no loop device: ${ran.stderr.trim().split('\n')[0] ?? ''}`;
  }

  /**
   * Makes of the volume what is left of it when the power goes: what its file system had not written is lost. Nothing may be running on
   * it but what is stopped; the place is the new one once its namespace is gone.
   */
  losePower(): void {
    const copy = `${this.#image}.cut`;
    // The kernel may still be writing. A copy of what changes is not what any moment left.
    for (let before = '', after = this.#writes(); before !== after; after = this.#writes()) {
      before = after;
      execFileSync('cp', ['--sparse=always', this.#image, copy]);
    }
    renameSync(copy, this.#image);
  }

  /** Writes through to the disk what was written on it, in the eyes of `pid`, a process that runs on it. */
  sync(pid: number): void {
    const [command, ...args] = [...inNamespaceOf(pid), 'sync', '--file-system', this.#mountPoint];
    execFileSync(command, args);
  }

  /** Takes all the space that is left, in the eyes of `pid`, a process that runs on it. */
  fill(pid: number): void {
    const take = `fallocate -l "$(df --output=avail -B1 "$1" | tail -n 1)" "$1/filler"; cat /dev/zero > "$1/rest"`;
    const [command, ...args] = [...inNamespaceOf(pid), 'sh', '-c', take, 'sh', this.#mountPoint];
    // It ends by what it is for: there is no space left.
    spawnSync(command, args, { encoding: 'utf8' });
  }

  /** Gives back what `fill` took. Without a process, nothing may be running on it. */
  drain(pid?: number): void {
    const [command, ...args] = [
      ...(pid === undefined ? this.enter : inNamespaceOf(pid)),
      'rm',
      '-f',
      join(this.#mountPoint, 'filler'),
      join(this.#mountPoint, 'rest'),
    ];
    execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** What was written to the loop device so far. */
  #writes(): string {
    const device = execFileSync('losetup', ['-n', '-O', 'NAME', '-j', this.#image], { encoding: 'utf8' }).trim();
    const numbers = readFileSync(`/sys/block/${device.replace('/dev/', '')}/stat`, 'utf8')
      .trim()
      .split(/ +/);
    // Requests and sectors written, requests under way; sectors given back.
    return [4, 6, 8, 13].map((index) => numbers[index]).join(' ');
  }
}

/** What stands before a command line that is to see what a process sees mounted. */
function inNamespaceOf(pid: number): readonly [string, ...string[]] {
  return ['nsenter', '--target', String(pid), '--mount'];
}
