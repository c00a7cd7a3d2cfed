import { usageError } from '../cli-error.ts';

/** One thing that can be configured: its flag, the variables that say the same, and how their text is read. */
export interface Setting<T> {
  /** As it is typed: `--data-dir`. */
  readonly flag: string;
  /** What `--help` calls the value; `null` for a switch, which takes none. */
  readonly placeholder: string | null;
  /** Variables that are read when the flag is absent; the first that is set and not empty counts. See `variableOf`. */
  readonly env: readonly string[];
  readonly help: string;
  /** The text that stands for an absent setting; `null` when it is then `null`. */
  readonly fallback: string | null;
  /** Reads a text; throws an `Error` that says what is wrong, without the name of the setting. `all`: see `repeatable`. */
  readonly read: (text: string, all: readonly string[]) => T;
  /** The flag may be repeated: `read` gets the last text, and all of them. A variable holds one. */
  readonly repeatable?: boolean;
  /** Its heading in `--help`, when it is not among the plain options. */
  readonly group?: string;
}

interface Definition<T> extends Omit<Setting<T>, 'env' | 'fallback'> {
  /** Variables that others also use, which count after our own. */
  readonly othersEnv?: readonly string[];
}

export function setting<T>(definition: Definition<T>, fallback: string): Setting<T> {
  return { ...optional(definition), fallback };
}

export function optional<T>({ othersEnv = [], ...definition }: Definition<T>): Setting<T> {
  return { ...definition, env: [variableOf(definition.flag), ...othersEnv], fallback: null };
}

/** `--data-dir` is `THREADSTORE_DATA_DIR`, and so on for every flag. */
function variableOf(flag: string): string {
  return `THREADSTORE_${flag.replace(/^--/, '').replaceAll('-', '_').toUpperCase()}`;
}

/** Where a value came from. A flag is nearer to the caller than a variable. */
type Origin = 'flag' | 'variable' | 'default';

export interface Resolved<T> {
  readonly value: T;
  readonly origin: Origin;
  /** What the caller has to look at: the flag or the variable. */
  readonly name: string;
}

/** The settings of one command, by the names it gives them. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type ResolvedSettings<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends Setting<infer T> ? Resolved<T> : never;
};
export type Environment = Readonly<Record<string, string | undefined>>;

/** The texts that were given as flags, by flag; a switch is `true`, or `false` for its `--no-` form. */
export type FlagTexts = ReadonlyMap<string, string | boolean | readonly string[]>;

/** The value of a setting, after its flag, its variables in turn, and its default. */
export function resolveSetting<T>(given: Setting<T>, flags: FlagTexts, env: Environment): Resolved<T> {
  const typed = flags.get(given.flag);
  if (typed !== undefined) {
    const texts = typeof typed === 'object' ? typed : [String(typed)];
    return read(given, texts, 'flag', typed === false ? given.flag.replace(/^--/, '--no-') : given.flag);
  }
  for (const variable of given.env) {
    const text = env[variable];
    if (text !== undefined && text !== '') return read(given, [text], 'variable', variable);
  }
  // The type of a setting without a fallback includes null.
  if (given.fallback === null) return { value: null as T, origin: 'default', name: given.flag };
  return read(given, [given.fallback], 'default', given.flag);
}

export function resolveSettings<S extends Settings>(table: S, flags: FlagTexts, env: Environment): ResolvedSettings<S> {
  const entries = Object.entries(table).map(([name, one]) => [name, resolveSetting(one, flags, env)]);
  return Object.fromEntries(entries) as ResolvedSettings<S>;
}

function read<T>(given: Setting<T>, texts: readonly string[], origin: Origin, name: string): Resolved<T> {
  try {
    return { value: given.read(texts.at(-1) ?? '', texts), origin, name };
  } catch (error) {
    throw usageError(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
