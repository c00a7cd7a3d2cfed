import { AuthenticationGate } from '../../auth/authentication-gate.ts';
import { ListedTokens } from '../../auth/listed-tokens.ts';
import type { TokenVerifier } from '../../auth/proof.ts';
import { readSecretFile } from '../../auth/secret-file.ts';
import { parseTokenList } from '../../auth/token-list.ts';
import type { Logger } from '../../log.ts';
import type { Gate } from '../../rpc/gate.ts';
import type { securitySettings } from '../settings/security-settings.ts';
import type { ResolvedSettings } from '../settings/setting.ts';
import { LoadedSettings } from './loaded-settings.ts';

type SecuritySettings = ResolvedSettings<typeof securitySettings>;

/** What stands before the service. */
export interface Security extends Disposable {
  /** None where nobody is asked for credentials. */
  readonly gates: readonly Gate[];
}

/** Whether callers will be asked for credentials. */
export function authenticates({ tokensFile }: SecuritySettings): boolean {
  return tokensFile.value !== null;
}

/** Loads keys and credentials, and again when they have changed. Refuses what is no good. */
export async function openSecurity(settings: SecuritySettings, logger: Logger): Promise<Security> {
  const loaded = new LoadedSettings(logger);
  const recheck = (): void => gate.recheck();
  const tokens: TokenVerifier[] = [];
  const gate = new AuthenticationGate({ tokens });
  try {
    tokens.push(...(await listedTokens(settings, loaded, recheck)));
  } catch (error) {
    loaded[Symbol.dispose]();
    throw error;
  }
  return { gates: authenticates(settings) ? [gate] : [], [Symbol.dispose]: () => loaded[Symbol.dispose]() };
}

async function listedTokens(
  { tokensFile: { value: path, name } }: SecuritySettings,
  loaded: LoadedSettings,
  onLoaded: () => void,
): Promise<readonly TokenVerifier[]> {
  if (path === null) return [];
  const tokens = new ListedTokens([]);
  await loaded.add(name, [path], async () => {
    tokens.replace(parseTokenList(await readSecretFile(path, 'owner')));
    onLoaded();
  });
  return [tokens];
}
