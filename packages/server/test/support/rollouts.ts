import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../../../test/fixtures/rollouts', import.meta.url));

/** The recorded sessions of this repository's tests, by the last character of their thread's id. */
export const rollouts: readonly { readonly path: string; readonly threadId: string; readonly letter: string }[] =
  readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => {
      const threadId = name.slice(-'.jsonl'.length - 36, -'.jsonl'.length);
      return { path: join(folder, name), threadId, letter: threadId.slice(-1) };
    });

export function rollout(letter: string): { readonly path: string; readonly threadId: string } {
  const found = rollouts.find((one) => one.letter === letter);
  if (found === undefined) throw new Error(`no rollout ${letter}`);
  return found;
}

/** A folder of its own for a test's files. */
export class ScratchFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(): Promise<ScratchFolder> {
    return new ScratchFolder(await mkdtemp(join(tmpdir(), 'threadstore-test-')));
  }

  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, content);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
