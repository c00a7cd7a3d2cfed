import { readSecretFile, replaceSecretFile } from '../../../auth/secret-file.ts';
import { parseTokenList, tokenListText, type ListedToken } from '../../../auth/token-list.ts';
import { CliError, usageError } from '../../cli-error.ts';
import { failureText } from '../../failure-text.ts';
import type { ResolvedSettings } from '../../settings/setting.ts';
import type { revokeTokenSettings } from '../../settings/token-settings.ts';

type FileSetting = Pick<ResolvedSettings<typeof revokeTokenSettings>, 'tokensFile'>;

/** The tokens of the file that the setting names. */
export async function readTokens(settings: FileSetting): Promise<readonly ListedToken[]> {
  const path = pathOf(settings);
  return told(path, async () => parseTokenList(await readSecretFile(path, 'owner')));
}

/** Writes what `change` makes of the tokens that are there. */
export async function changeTokens(
  settings: FileSetting,
  change: (tokens: readonly ListedToken[]) => readonly ListedToken[],
): Promise<void> {
  const path = pathOf(settings);
  await told(path, () =>
    replaceSecretFile(path, (text) => tokenListText(change(text === undefined ? [] : parseTokenList(text)))),
  );
}

function pathOf({ tokensFile: { value, name } }: FileSetting): string {
  if (value === null) throw usageError(`${name}: say which file`);
  return value;
}

async function told<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError) throw error;
    const text = failureText(error);
    throw new CliError(text.startsWith(path) ? text : `${path}: ${text}`);
  }
}
