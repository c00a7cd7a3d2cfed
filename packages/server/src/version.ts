import { readFileSync } from 'node:fs';

/** The version of this package, and so of the service and the command. */
export const threadStoreVersion: string = readVersion();

function readVersion(): string {
  // Beside src and dist alike.
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new TypeError('package.json: no version');
}
