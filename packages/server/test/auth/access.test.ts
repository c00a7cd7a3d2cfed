import { describe, expect, test } from 'vitest';
import { CliError } from '../../src/cli/cli-error.ts';
import { checkAccess } from '../../src/cli/security/access.ts';
import { hostAndPort } from '../../src/cli/settings/readers.ts';
import type { Resolved } from '../../src/cli/settings/setting.ts';

const flag = <T>(name: string, value: T): Resolved<T> => ({ name, value, origin: 'flag' });
const local = ['127.0.0.1:0', '127.9.9.9:1', 'localhost:1', '[::1]:1'];
const open = ['0.0.0.0:1', ':1', '[::]:1', '10.0.0.1:1', 'threads.internal:1', '127.0.0.1.example.com:1'];

type Outcome = 'everybody' | 'plaintext' | null | RegExp;

/** What every combination comes to, beyond loopback. */
function expected(authenticates: boolean, encrypts: boolean, noAuth: boolean, plaintext: boolean): Outcome {
  if (authenticates && noAuth) return /^--insecure-no-auth: not together/;
  if (!authenticates) return noAuth ? 'everybody' : /^--listen: beyond loopback anybody.*--tokens-file/;
  if (encrypts) return null;
  return plaintext ? 'plaintext' : /^--listen: beyond loopback others could listen.*--tls-cert/;
}

const bits = [false, true];
const combinations = bits.flatMap((authenticates) =>
  bits.flatMap((encrypts) =>
    bits.flatMap((noAuth) => bits.map((plaintext) => [authenticates, encrypts, noAuth, plaintext] as const)),
  ),
);

function outcome(host: string, [authenticates, encrypts, noAuth, plaintext]: (typeof combinations)[number]): unknown {
  try {
    return checkAccess({
      listen: flag('--listen', hostAndPort(host)),
      authenticates,
      encrypts,
      insecureNoAuth: flag('--insecure-no-auth', noAuth),
      allowPlaintext: flag('--allow-plaintext', plaintext),
    });
  } catch (error) {
    return error;
  }
}

describe.each(combinations)('authentication %s, TLS %s, --insecure-no-auth %s, --allow-plaintext %s', (...given) => {
  test.each(open)('on %s', (host) => {
    const wanted = expected(...given);
    const got = outcome(host, given);
    expect(got instanceof CliError ? got.exitCode : got).toBe(wanted instanceof RegExp ? 2 : wanted);
    expect(got instanceof CliError ? got.message : '').toMatch(wanted instanceof RegExp ? wanted : /^$/);
  });

  test.each(local)('on %s', (host) => {
    const [authenticates, , noAuth] = given;
    const got = outcome(host, given);
    expect(got instanceof CliError).toBe(authenticates && noAuth);
    expect(got === null).toBe(!(authenticates && noAuth));
  });
});
