import { defineConfig, type OxlintOverride } from 'oxlint';
import { importTable, packageFolders } from './test/tidy/import-table.ts';

/** Relative paths that leave a package for another, and other packages' files that are no door. */
const noDoors = [
  {
    regex: String.raw`^(\.\.?/)+(packages/)?(${packageFolders.join('|')})/(src|dist|test)(/|$)`,
    message: 'Another package is imported by its name.',
  },
  {
    regex: String.raw`^@threadstore/[a-z-]+/.*[/.]`,
    message: 'A package has two doors, its name and /internal; everything behind them is private.',
  },
];
const noInternal = { group: ['@threadstore/*/internal'], message: 'Only sibling packages use /internal.' };

const restricted = (...patterns: object[]): NonNullable<OxlintOverride['rules']> => ({
  'no-restricted-imports': ['error', { patterns: [...noDoors, ...patterns] }],
});

/** The import table as rules: in each area, whatever is not listed is restricted. */
const areas: OxlintOverride[] = Object.entries(importTable).map(([area, entries]) => ({
  files: [`${area}/**`],
  rules: restricted({
    group: [
      '**',
      '!./**',
      '!../**',
      '!node:*',
      '!node:*/**',
      ...entries.flatMap((entry) =>
        entry.startsWith('@threadstore/') ? [`!${entry}`] : [`!${entry}`, `!${entry}/**`],
      ),
    ],
    message: `Not in the import table of ${area} (test/tidy/import-table.ts).`,
  }),
}));

export default defineConfig({
  options: { typeAware: true, reportUnusedDisableDirectives: 'error' },
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'promise', 'node', 'vitest'],
  ignorePatterns: ['packages/*/src/gen/**', '**/dist/**'],
  categories: { correctness: 'error' },
  rules: {
    // Architecture. The import table itself follows below, area by area.
    'import/no-cycle': 'error',
    'import/no-self-import': 'error',
    'import/no-default-export': 'error',
    'unicorn/prefer-node-protocol': 'error',
    ...restricted(),

    // Promises: none is forgotten, none stands where a value or a void callback is expected.
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/return-await': ['error', 'error-handling-correctness-only'],
    'typescript/only-throw-error': 'error',
    'typescript/prefer-promise-reject-errors': 'error',

    // Types: total switches over unions, nothing untyped, nothing asserted away.
    'typescript/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
    ],
    'typescript/no-explicit-any': 'error',
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-unnecessary-type-assertion': 'error',
    'typescript/use-unknown-in-catch-callback-variable': 'error',
    'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
    'typescript/consistent-type-exports': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/no-deprecated': 'error',

    // Everyday.
    'no-console': 'error',
    'no-debugger': 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'no-param-reassign': 'error',
    'no-shadow': 'error',
    'no-unused-vars': [
      'error',
      { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'all', caughtErrorsIgnorePattern: '^_' },
    ],
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'vitest/expect-expect': ['error', { assertFunctionNames: ['expect*', 'assert*'] }],
    'vitest/no-focused-tests': 'error',
    'vitest/no-disabled-tests': 'error',
  },
  overrides: [
    ...areas,
    {
      // Outside of the packages there is no sibling: only the public doors.
      files: ['test/**', 'scripts/**', 'examples/**'],
      rules: restricted(noInternal),
    },
    {
      // Plain JavaScript is not type-checked: its types are unknown, not unsafe.
      files: ['**/*.js'],
      rules: {
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-assignment': 'off',
        'typescript/no-unsafe-call': 'off',
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-return': 'off',
      },
    },
    {
      // What a reader is meant to see run.
      files: ['examples/**'],
      rules: { 'no-console': 'off' },
    },
    {
      // Configuration files export what their tool expects.
      files: ['*.config.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
  ],
});
