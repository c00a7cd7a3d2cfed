import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface RolloutFile {
  readonly path: string;
  /** 0 when it can't be asked. */
  readonly bytes: number;
}

/** The files that the arguments name. A folder stands for the rollout files in it, at any depth, in the order of their names. */
export async function rolloutFiles(args: readonly string[]): Promise<readonly RolloutFile[]> {
  const found: RolloutFile[] = [];
  for (const arg of args) {
    // What can't be asked now fails when it is read, with the same words as every other file that fails.
    const known = await stat(arg).catch(() => undefined);
    if (known?.isDirectory() !== true) {
      found.push({ path: arg, bytes: known?.size ?? 0 });
      continue;
    }
    for (const path of await rolloutsBelow(arg)) found.push({ path, bytes: (await stat(path)).size });
  }
  return found;
}

async function rolloutsBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /^rollout-.*\.jsonl$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
