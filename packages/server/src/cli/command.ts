import type { ResolvedSettings, Environment, Settings } from './settings/setting.ts';
import type { Terminal } from './terminal.ts';

/** What a command is run with. */
export interface Invocation<S extends Settings> {
  readonly settings: ResolvedSettings<S>;
  /** The arguments that are not flags. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
  readonly env: Environment;
}

/** `0`: done. `1`: the operation failed, and what failed was printed. Throws a `CliError` for the rest. */
export type ExitCode = 0 | 1 | 2;

export interface Command<S extends Settings = Settings> {
  /** One word, or that of a group before it. */
  readonly name: string;
  readonly summary: string;
  /** More for `--help`. */
  readonly description: string;
  /** As commander spells them: `<file...>`. */
  readonly args: readonly { readonly name: string; readonly help: string }[];
  /** Shell lines, each with what it does. */
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  readonly settings: S;
  readonly run: (invocation: Invocation<S>) => Promise<ExitCode>;
}

/** Gives a command the type that a list of commands has. Its settings are resolved from its own table, so they fit. */
export function command<S extends Settings>(definition: Command<S>): Command {
  return definition as unknown as Command;
}
