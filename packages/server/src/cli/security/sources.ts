import { readFile } from 'node:fs/promises';
import type { CertificateVerifier } from '../../auth/authentication-gate.ts';
import { CertificateTenants, parseCertificateTenants } from '../../auth/certificate-tenants.ts';
import { fetchedKeysMs, keysAt } from '../../auth/fetched-keys.ts';
import { keysOfText } from '../../auth/jwt-keys.ts';
import { JwtVerifier, type JwtOptions } from '../../auth/jwt-verifier.ts';
import { ListedTokens } from '../../auth/listed-tokens.ts';
import type { TokenVerifier } from '../../auth/proof.ts';
import { readSecretFile } from '../../auth/secret-file.ts';
import { parseTokenList } from '../../auth/token-list.ts';
import { errorFields } from '../../error-fields.ts';
import type { Logger } from '../../log.ts';
import { usageError } from '../cli-error.ts';
import type { securitySettings } from '../settings/security-settings.ts';
import type { ResolvedSettings } from '../settings/setting.ts';
import type { LoadedSettings } from './loaded-settings.ts';

export type SecuritySettings = ResolvedSettings<typeof securitySettings>;

/** Where credentials are known from, and whom to tell when what they are good for has changed. */
export interface Sources {
  readonly settings: SecuritySettings;
  readonly loaded: LoadedSettings;
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** `undefined` where there is no file of tokens. */
export async function listedTokens({ settings, loaded, onChange }: Sources): Promise<TokenVerifier | undefined> {
  const { value: path, name } = settings.tokensFile;
  if (path === null) return undefined;
  const tokens = new ListedTokens([]);
  await loaded.add(name, [path], async () => {
    tokens.replace(parseTokenList(await readSecretFile(path, 'owner')));
    onChange();
  });
  return tokens;
}

/** `undefined` where no JSON Web Tokens are taken. */
export async function jsonWebTokens({
  settings,
  loaded,
  onChange,
  logger,
}: Sources): Promise<TokenVerifier | undefined> {
  const { jwtKeys, jwtJwksUrl } = settings;
  if (jwtKeys.value === null && jwtJwksUrl.value === null) return undefined;
  const options = jwtOptions(settings);
  if (jwtJwksUrl.value !== null) {
    const keys = keysAt(jwtJwksUrl.value, {
      onFailure: (error) => logger.warn({ error: errorFields(error) }, "the issuer's keys can not be fetched"),
    });
    const tokens = new JwtVerifier(keys, options);
    loaded.every(fetchedKeysMs, async () => {
      await tokens.refresh();
      onChange();
    });
    return tokens;
  }
  const path = jwtKeys.value;
  let tokens: JwtVerifier | undefined;
  await loaded.add(jwtKeys.name, [path], async () => {
    const keys = keysOfText(await readFile(path, 'utf8'));
    if (tokens === undefined) tokens = new JwtVerifier(keys, options);
    else await tokens.replaceKeys(keys);
    onChange();
  });
  return tokens;
}

/** Refuses what is said of JSON Web Tokens where none are taken: whoever says it takes the service for guarded. */
export function checkJwtSettings({ jwtKeys, jwtJwksUrl, ...others }: SecuritySettings): void {
  if (jwtKeys.value !== null || jwtJwksUrl.value !== null) return;
  const { jwtIssuer, jwtAudience, jwtTenantClaim } = others;
  const given = [jwtIssuer, jwtAudience, jwtTenantClaim].find(({ origin }) => origin !== 'default');
  if (given !== undefined)
    throw usageError(`${given.name}: needs --jwt-keys or --jwt-jwks-url, by which tokens are known`);
}

function jwtOptions({ jwtKeys, jwtJwksUrl, jwtIssuer, jwtAudience, jwtTenantClaim }: SecuritySettings): JwtOptions {
  if (jwtKeys.value !== null && jwtJwksUrl.value !== null) {
    throw usageError(`${jwtJwksUrl.name}: not together with ${jwtKeys.name}`);
  }
  for (const { value, name } of [jwtIssuer, jwtAudience]) {
    if (value === null) throw usageError(`${name}: is needed to tell whose tokens, and for whom, are good`);
  }
  return { issuer: jwtIssuer.value, audience: jwtAudience.value, tenantClaim: jwtTenantClaim.value };
}

/** `undefined` where certificates are of no tenant. */
export async function certificateTenants(sources: Sources): Promise<CertificateVerifier | undefined> {
  const { settings, loaded, onChange } = sources;
  const { value: path, name } = settings.mtlsTenants;
  if (path === null) return undefined;
  if (settings.tlsClientCa.value === null) {
    throw usageError(`${name}: needs --tls-client-ca, which says whose certificates are good`);
  }
  const tenants = new CertificateTenants([]);
  await loaded.add(name, [path], async () => {
    tenants.replace(parseCertificateTenants(await readFile(path, 'utf8')));
    onChange();
  });
  return tenants;
}
