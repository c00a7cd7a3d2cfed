import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readdir, realpath, rename, rm, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { platform } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A lock on a directory that ends with the process that holds it, however that ends.
 *
 * The lock is a Unix socket in the directory, and whether its holder lives is asked by connecting: the system refuses when the
 * process is gone, and accepts when it is merely busy or stopped. A file with a process id could not tell that across
 * containers, where ids mean something else, and Node has no file locks.
 *
 * Taking it. A contender first shows itself, under a name of its own, and then looks for others. Of two, the later one to show
 * itself is thus sure to see the earlier. Sockets that refuse are leftovers; no name is ever used again, so removing them is
 * safe. A contender yields to a holder. Of contenders that see each other, the one with the lower name goes on, once the other
 * has yielded or turned out to be the holder.
 */
export interface DirectoryLock {
  release(): Promise<void>;
}

const lockName = /^lock-(?<pid>\d+)-[0-9a-f]{16}$/;
const answerTimeoutMs = 2_000;
const pollMs = 10;
/** Unix sockets have paths of 108 bytes on Linux, 104 elsewhere, with the terminator. */
const pathBytesMax = 103;

type Standing = 'contender' | 'holder';

/** Creates the directory where it is missing. Rejects with one line that names it and the process that has it. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true });
  const folder = await Folder.open(directory);
  const name = `lock-${pid}-${randomBytes(8).toString('hex')}`;
  let standing: Standing = 'contender';
  const server = createServer((socket) => {
    socket.on('error', () => undefined).unref();
    socket.end(standing);
  });
  // A lock is no reason for the process to live.
  server.unref();
  const release = async (): Promise<void> => {
    await folder.remove(name);
    // Whoever is asking at this moment need not be waited for.
    if (server.listening) server.close();
    await folder.close();
  };
  try {
    // It gets its name once it listens, so that no other takes it for a leftover before.
    await listen(server, folder.path(`.${name}`), directory);
    await rename(folder.path(`.${name}`), folder.path(name));
    await outlastOthers(folder, name, directory);
    standing = 'holder';
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

async function outlastOthers(folder: Folder, own: string, directory: string): Promise<void> {
  for (const name of await folder.names()) {
    const holder = lockName.exec(name)?.groups?.['pid'];
    if (holder === undefined || name === own) continue;
    for (;;) {
      const standing = await ask(folder.path(name));
      if (standing === 'gone') {
        await folder.remove(name);
        break;
      }
      if (standing === 'holder' || name < own) throw new Error(`${directory}: is in use by process ${holder}`);
      await sleep(pollMs);
    }
  }
}

/** Silence is taken for a holder's: its process is stopped or busy, and not for others to judge. */
async function ask(path: string): Promise<Standing | 'gone'> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(path);
    const end = (standing: Standing | 'gone'): void => {
      socket.destroy();
      resolve(standing);
    };
    socket.setTimeout(answerTimeoutMs, () => end('holder'));
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('end', () => end(answer === 'contender' ? 'contender' : 'holder'));
    socket.on('error', (error) => end('code' in error && isNobody(error.code) ? 'gone' : 'holder'));
  });
}

function isNobody(code: unknown): boolean {
  return code === 'ECONNREFUSED' || code === 'ENOENT';
}

async function listen(server: Server, path: string, directory: string): Promise<void> {
  try {
    // Exclusive: in a cluster's worker the primary would listen, and outlive it.
    server.listen({ path, exclusive: true });
    await once(server, 'listening');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new Error(`${directory}: can't be locked, its file system has no Unix sockets (${code})`, { cause: error });
  }
}

/** The directory, with paths that are short enough for sockets. */
class Folder {
  readonly #base: string;
  readonly #handle: FileHandle | undefined;

  private constructor(base: string, handle: FileHandle | undefined) {
    this.#base = base;
    this.#handle = handle;
  }

  static async open(directory: string): Promise<Folder> {
    const real = await realpath(directory);
    const longest = Buffer.byteLength(join(real, `.lock-${pid}-0123456789abcdef`));
    if (longest <= pathBytesMax) return new Folder(real, undefined);
    if (platform() !== 'linux')
      throw new Error(`${directory}: the path is too long (got ${longest}, limit ${pathBytesMax} bytes)`);
    const handle = await open(real);
    return new Folder(`/proc/self/fd/${handle.fd}`, handle);
  }

  path(name: string): string {
    return join(this.#base, name);
  }

  async names(): Promise<readonly string[]> {
    return readdir(this.#base);
  }

  async remove(name: string): Promise<void> {
    await rm(this.path(name), { force: true });
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}
