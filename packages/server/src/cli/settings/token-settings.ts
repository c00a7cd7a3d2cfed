import { isScope, type Scope } from '../../auth/principal.ts';
import { auditLogDefinition } from './operations-settings.ts';
import { tenant, words } from './readers.ts';
import { tokensFileDefinition } from './security-settings.ts';
import { optional, setting } from './setting.ts';
import { jsonDefinition } from './settings.ts';

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = { h: dayMs / 24, d: dayMs, y: 365 * dayMs };

/** A time, or how long from now. */
function expiry(text: string): string {
  const groups = /^(?<count>\d{1,5})(?<unit>[hdy])$/.exec(text)?.groups;
  const at =
    groups === undefined
      ? /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text)
        ? Date.parse(text)
        : Number.NaN
      : Date.now() + Number(groups['count']) * (unitMs[groups['unit'] ?? ''] ?? Number.NaN);
  if (Number.isNaN(at)) throw new Error('expected a time such as 2027-01-31, or how long such as 90d, 12h or 1y');
  if (at <= Date.now()) throw new Error('expected a time to come');
  return new Date(at).toISOString();
}

function scopes(text: string): readonly Scope[] {
  const given = [...new Set(text.split(',').map((one) => one.trim()))];
  if (!given.every(isScope)) throw new Error('expected read, write or admin, with commas between them');
  return given;
}

const tokensFile = optional({ ...tokensFileDefinition, help: 'where the tokens are' });
const auditLog = optional({
  ...auditLogDefinition,
  help: 'append a line there that says who did it; "-": print it on stderr',
});

export const createTokenSettings = {
  tokensFile,
  tenant: setting(
    { flag: '--tenant', placeholder: '<tenant>', help: 'whose threads it is for', read: tenant },
    'default',
  ),
  scopes: setting(
    {
      flag: '--scope',
      placeholder: '<scopes>',
      help: 'what it allows: read, write, admin, with commas between them',
      read: scopes,
    },
    'read,write',
  ),
  expires: optional({
    flag: '--expires',
    placeholder: '<when>',
    help: 'until when: 2027-01-31, or 90d, 12h, 1y from now; default: until it is revoked',
    read: expiry,
  }),
  note: optional({ flag: '--note', placeholder: '<text>', help: 'for people: whose it is', read: words }),
  auditLog,
};

export const listTokensSettings = {
  tokensFile,
  json: setting({ ...jsonDefinition, help: 'print one JSON object per token and line' }, 'false'),
};

export const revokeTokenSettings = { tokensFile, auditLog };
