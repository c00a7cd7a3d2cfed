// Packs every published package as npm would and has the tarball judged: publint for the manifest and its files, attw for
// how importers resolve the types.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolders } from '../test/tidy/import-table.ts';
import { fail, output, root, runsQuietly, say } from './command.ts';

function isPrivate(folder: string): boolean {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'private' in manifest && manifest.private === true;
}

const scratch = mkdtempSync(join(tmpdir(), 'threadstore-pack-'));
try {
  const published = packageFolders.filter((folder) => !isPrivate(folder));
  const failed = published.filter((folder) => {
    say(`pack:check: @threadstore/${folder}`);
    const packed = output('npm', ['pack', '--silent', '--pack-destination', scratch], join(root, 'packages', folder));
    const tarball = packed?.split('\n').at(-1);
    if (tarball === undefined) return true;
    const judged = [
      runsQuietly('publint', '--strict', join(scratch, tarball)),
      runsQuietly('attw', '--profile', 'esm-only', '--no-emoji', join(scratch, tarball)),
    ];
    return judged.includes(false);
  });
  if (failed.length > 0) fail(`pack:check: failed for ${failed.join(', ')}`);
  else say(`pack:check: ${published.length} packages are fit to publish`);
} finally {
  rmSync(scratch, { recursive: true });
}
