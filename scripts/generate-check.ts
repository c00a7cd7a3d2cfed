// Fails unless the code generated from proto/ is what `npm run generate` makes of it. Looks at no other file.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, root, runs, say } from './command.ts';

/** Each template of buf, and the folder that it fills. */
const templates = {
  'buf.gen.yaml': 'packages/protocol/src/gen',
  'buf.gen.codex.yaml': 'packages/codex/src/gen',
};

function filesIn(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile());
  return new Map(files.toSorted().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

function check(template: string, generated: string, scratch: string): void {
  if (!runs('buf', 'generate', '--template', template, '--output', scratch)) {
    fail(`generate:check: buf generate --template ${template} failed`);
    return;
  }
  const committed = filesIn(join(root, generated));
  const fresh = filesIn(join(scratch, generated));
  const names = [...new Set([...committed.keys(), ...fresh.keys()])];
  const stale = names.filter((name) => committed.get(name) !== fresh.get(name));
  for (const name of stale) fail(`generate:check: ${generated}/${name} is not what proto/ says; run npm run generate`);
  if (stale.length === 0) say(`generate:check: ${fresh.size} generated files of ${generated} are up to date`);
}

const scratch = mkdtempSync(join(tmpdir(), 'threadstore-generate-'));
try {
  for (const [template, generated] of Object.entries(templates)) check(template, generated, scratch);
} finally {
  rmSync(scratch, { recursive: true });
}
