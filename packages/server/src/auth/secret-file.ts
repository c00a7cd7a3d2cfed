import { chown, open, rename, rm, stat } from 'node:fs/promises';

/** Who may read a file of secrets, by the bits of its mode that must not be set. */
const forbidden = {
  /** Its owner alone. */
  owner: 0o077,
  /** Its owner and a group, as orchestrators hand out keys. */
  group: 0o007,
} as const;

/** Reads a file, unless others than the said may read it, too. Throws an `Error` that quotes nothing of the file. */
export async function readSecretFile(path: string, readers: keyof typeof forbidden): Promise<string> {
  await using file = await open(path, 'r');
  // The file that was opened, whatever its name stands for by now. Windows has no such bits.
  const { mode } = await file.stat();
  if (process.platform !== 'win32' && (mode & forbidden[readers]) !== 0) {
    const wanted = readers === 'owner' ? '600' : '640';
    const got = (mode & 0o777).toString(8).padStart(3, '0');
    throw new Error(`others may read it, so it is not trusted (mode ${got}; chmod ${wanted})`);
  }
  return await file.readFile('utf8');
}

/**
 * Replaces a file in one step by one that its owner alone may read; a reader sees the old or the new one, also after a power cut. Two
 * who change it at once don't undo each other's work: `change` gets the text that is replaced, `undefined` where there is no file,
 * and the second of the two fails.
 */
export async function replaceSecretFile(path: string, change: (text: string | undefined) => string): Promise<void> {
  const next = `${path}.new`;
  const file = await open(next, 'wx', 0o600).catch((error: unknown) => {
    if (!isSystemError(error, 'EEXIST')) throw error;
    throw new Error(`another command is changing it (if none is, remove ${next})`, { cause: error });
  });
  try {
    const before = await stat(path).catch(unlessMissing);
    const text = change(before === undefined ? undefined : await readSecretFile(path, 'owner'));
    try {
      await file.chmod(0o600);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // Who administers it may be another user than who serves.
    if (before !== undefined && process.getuid?.() === 0) await chown(next, before.uid, before.gid);
    await rename(next, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(next, { force: true });
    throw error;
  }
}

function unlessMissing(error: unknown): undefined {
  if (!isSystemError(error, 'ENOENT')) throw error;
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
