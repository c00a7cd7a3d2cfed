import { file, toggle } from './readers.ts';
import { optional, setting } from './setting.ts';

const group = 'Security:';

export const tokensFileDefinition = { flag: '--tokens-file', placeholder: '<file>', read: file };

/** Who may call the service, and whether others can listen. */
export const securitySettings = {
  tokensFile: optional({
    ...tokensFileDefinition,
    help: 'bearer tokens that callers may show, as threadstore tokens writes them; read again when it changes',
    group,
  }),
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
