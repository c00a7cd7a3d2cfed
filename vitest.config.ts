import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const packages = fileURLToPath(new URL('packages', import.meta.url));

export default defineConfig({
  resolve: {
    // The two doors of a package, as sources: tests of code need no build. Tests that start the command use dist.
    alias: [
      { find: /^@threadstore\/([a-z-]+)$/, replacement: `${packages}/$1/src/index.ts` },
      { find: /^@threadstore\/([a-z-]+)\/internal$/, replacement: `${packages}/$1/src/internal.ts` },
    ],
  },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // Where tests get a Postgres from. It starts when the first of them asks for it.
    globalSetup: ['packages/testkit/src/global-setup.ts'],
    // A database or a process on a loaded machine; a test that hangs is told by its own deadline well before.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Each worker may hold databases and servers of its own.
    maxWorkers: 2,
  },
});
