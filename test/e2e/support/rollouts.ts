import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the recorded sessions. */
export const rolloutFolder = fileURLToPath(new URL('../../fixtures/rollouts', import.meta.url));

/** Its files, with the ids of their threads. */
export const rollouts = readdirSync(rolloutFolder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name) => ({ path: join(rolloutFolder, name), threadId: name.slice(-'.jsonl'.length - 36, -'.jsonl'.length) }));
