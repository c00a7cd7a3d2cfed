import { bearerTokenText, newBearerToken, secretHash } from '../../../auth/bearer-token.ts';
import { command } from '../../command.ts';
import { createTokenSettings } from '../../settings/token-settings.ts';
import { writeWhenReady } from '../../terminal.ts';
import { openTokenAudit } from './token-audit.ts';
import { changeTokens } from './token-file.ts';

export const createTokenCommand = command({
  name: 'tokens create',
  summary: 'make a bearer token',
  description:
    'Makes a token and adds it to a file of tokens, which keeps no more than its hash. The token is printed this once, on stdout; it ' +
    'is good as soon as a service has read the file again, within two seconds.',
  args: [],
  examples: [
    {
      line: 'threadstore tokens create --tokens-file tokens.json --tenant acme --expires 90d > acme.token',
      does: 'for a worker of acme',
    },
    {
      line: 'threadstore tokens create --tokens-file tokens.json --tenant acme --scope read --note dashboard',
      does: 'one that only reads',
    },
  ],
  settings: createTokenSettings,
  run: async ({ settings, terminal }) => {
    const token = newBearerToken();
    using audit = openTokenAudit(settings.auditLog, terminal.stderr);
    const listed = {
      id: token.id,
      sha256: secretHash(token.secret).toString('hex'),
      tenant: settings.tenant.value,
      scopes: settings.scopes.value,
      createdAt: new Date().toISOString(),
      ...(settings.expires.value === null ? {} : { expiresAt: settings.expires.value }),
      ...(settings.note.value === null ? {} : { note: settings.note.value }),
    };
    await changeTokens(settings, (tokens) => [...tokens, listed]);
    try {
      audit.write('tokens create', listed);
    } finally {
      // It is good, whatever becomes of the audit log.
      await writeWhenReady(terminal.stdout, `${bearerTokenText(token)}\n`);
    }
    return 0;
  },
});
