import { file, oneOf, toggle, webAddress, words } from './readers.ts';
import { optional, setting, type Setting } from './setting.ts';

const group = 'Security:';

export const tokensFileDefinition = { flag: '--tokens-file', placeholder: '<file>', read: file };

const aFile = (flag: string, help: string): Setting<string> =>
  optional({ flag, placeholder: '<file>', help, read: file, group });

const jwtSettings = {
  jwtKeys: aFile('--jwt-keys', 'public keys of JSON Web Tokens, a JWK set or PEM; read again when it changes'),
  jwtJwksUrl: optional({
    flag: '--jwt-jwks-url',
    placeholder: '<url>',
    help: 'where the JWK set is instead, https://issuer/.well-known/jwks.json',
    read: webAddress,
    group,
  }),
  jwtIssuer: optional({
    flag: '--jwt-issuer',
    placeholder: '<issuer>',
    help: 'what their claim iss must say',
    read: words,
    group,
  }),
  jwtAudience: optional({
    flag: '--jwt-audience',
    placeholder: '<audience>',
    help: 'what their claim aud must hold',
    read: words,
    group,
  }),
  jwtTenantClaim: setting(
    { flag: '--jwt-tenant-claim', placeholder: '<claim>', help: 'which claim names the tenant', read: words, group },
    'tenant',
  ),
};

const tlsSettings = {
  tlsCert: aFile('--tls-cert', 'our certificate and what it rests on, in PEM; read again when it changes'),
  tlsKey: aFile('--tls-key', 'its private key, in PEM'),
  tlsClientCa: aFile('--tls-client-ca', 'who issues the certificates that clients must show then, in PEM'),
  tlsMinVersion: setting(
    {
      flag: '--tls-min-version',
      placeholder: '<version>',
      help: 'the least version of TLS, 1.3, or 1.2 for clients that have no better',
      read: oneOf(['1.3', '1.2']),
      group,
    },
    '1.3',
  ),
  mtlsTenants: aFile('--mtls-tenants', "tenants and scopes by the names in clients' certificates"),
};

/** Who may call the service, and whether others can listen. */
export const securitySettings = {
  tokensFile: optional({
    ...tokensFileDefinition,
    help: 'bearer tokens that callers may show, as threadstore tokens writes them; read again when it changes',
    group,
  }),
  ...jwtSettings,
  ...tlsSettings,
  insecureNoAuth: setting(
    {
      flag: '--insecure-no-auth',
      placeholder: null,
      help: 'ask for no credentials beyond loopback either: whoever reaches the address may read and write all threads',
      read: toggle,
      group,
    },
    'false',
  ),
  allowPlaintext: setting(
    {
      flag: '--allow-plaintext',
      placeholder: null,
      help: 'take credentials without TLS beyond loopback, behind a proxy that ends TLS',
      read: toggle,
      group,
    },
    'false',
  ),
};
