import { stat } from 'node:fs/promises';
import type { Logger } from '../log.ts';

export interface LoadedFilesOptions {
  readonly paths: readonly string[];
  /** Reads the files and takes them into use, all or nothing. The messages of its errors quote nothing secret. */
  readonly load: () => Promise<void>;
  readonly logger: Logger;
}

/** Renames, mounts that are swapped, file systems over a network: not all of them tell who watches. Asking finds each. */
const lookEveryMs = 1_000;

/** Files that are read again when they have changed. */
export interface LoadedFiles extends Disposable {
  /** Reads them again, changed or not. Never rejects. */
  readonly reload: () => Promise<void>;
}

/**
 * Loads files, and again soon after they have changed. Rejects when they can't be loaded; later on what was in use stays in use,
 * and the log says what is wrong with them.
 */
export async function loadFiles({ paths, load, logger }: LoadedFilesOptions): Promise<LoadedFiles> {
  // Before they are read, so that a change in between is seen as one.
  let known = await fingerprint(paths);
  await load();
  let last = Promise.resolve();
  const reload = async (): Promise<void> => {
    try {
      await load();
      logger.info({ files: paths }, 'loaded files that have changed');
    } catch (error) {
      const fault = error instanceof Error ? error.message : 'unknown';
      logger.error({ files: paths, fault }, 'files that have changed are no good, what was loaded before stays in use');
    }
  };
  const inTurn = (work: () => Promise<void>): Promise<void> => (last = last.then(work));
  const look = async (): Promise<void> => {
    const now = await fingerprint(paths);
    if (now === known) return;
    known = now;
    await reload();
  };
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void inTurn(look).finally(() => {
      isLooking = false;
    });
  }, lookEveryMs).unref();
  return { reload: () => inTurn(reload), [Symbol.dispose]: () => clearInterval(timer) };
}

async function fingerprint(paths: readonly string[]): Promise<string> {
  const states = paths.map(async (path) => {
    try {
      const { ino, size, mtimeNs, mode } = await stat(path, { bigint: true });
      return `${ino} ${size} ${mtimeNs} ${mode}`;
    } catch {
      return 'absent';
    }
  });
  return (await Promise.all(states)).join('\n');
}
