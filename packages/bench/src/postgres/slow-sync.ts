import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../temporary-folder.ts';

const source = fileURLToPath(new URL('../../shim/slow-sync.c', import.meta.url));

/** The variables that make a Postgres server wait at each sync of its log. */
export interface SlowSync extends Disposable {
  readonly env: Readonly<Record<string, string>>;
}

/** Compiles what slows a disk down. Returns the line of why there is none where that can't be done. */
export function slowSync(milliseconds: number): SlowSync | string {
  if (process.platform !== 'linux') return 'the delay is preloaded, which is for Linux';
  const folder = temporaryFolder();
  const library = join(folder.path, 'slow-sync.so');
  const ran = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'], { encoding: 'utf8' });
  if (ran.error !== undefined || ran.status !== 0) {
    folder[Symbol.dispose]();
    return ran.error === undefined ? `cc: ${ran.stderr.trim().split('\n')[0] ?? ''}` : 'no C compiler (cc) on PATH';
  }
  // The server may run as another user.
  for (const path of [folder.path, library]) chmodSync(path, 0o755);
  return {
    env: { LD_PRELOAD: library, SLOW_SYNC_MICROSECONDS: String(milliseconds * 1_000) },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
