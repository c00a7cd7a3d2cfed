// Fails unless packages/protocol/src/gen is what `npm run generate` makes of proto/. Looks at no other file.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, root, runs, say } from './command.ts';

const generated = 'packages/protocol/src/gen';

function filesIn(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.toSorted().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const scratch = mkdtempSync(join(tmpdir(), 'threadstore-generate-'));
try {
  if (!runs('buf', 'generate', '--output', scratch)) {
    fail('generate:check: buf generate failed');
  } else {
    const committed = filesIn(join(root, generated));
    const fresh = filesIn(join(scratch, generated));
    const names = [...new Set([...committed.keys(), ...fresh.keys()])];
    const stale = names.filter((name) => committed.get(name) !== fresh.get(name));
    for (const name of stale)
      fail(`generate:check: ${generated}/${name} is not what proto/ says; run npm run generate`);
    if (stale.length === 0) say(`generate:check: ${fresh.size} generated files are up to date`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
