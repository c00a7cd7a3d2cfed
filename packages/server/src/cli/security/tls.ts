import { readFile } from 'node:fs/promises';
import { readSecretFile } from '../../auth/secret-file.ts';
import { checkTlsMaterial, TlsCredentials, type TlsMaterial } from '../../auth/tls-credentials.ts';
import type { Logger } from '../../log.ts';
import { usageError } from '../cli-error.ts';
import type { LoadedSettings } from './loaded-settings.ts';
import type { SecuritySettings } from './sources.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Before the end of a certificate. */
const warnDays = 30;
const warnEveryMs = 12 * hourMs;

/** TLS as the settings say; `undefined`: none. Warns again and again of a certificate that will soon have expired. */
export async function openTls(
  settings: SecuritySettings,
  loaded: LoadedSettings,
  logger: Logger,
): Promise<TlsCredentials | undefined> {
  const files = tlsFiles(settings);
  if (files === undefined) return undefined;
  let credentials: TlsCredentials | undefined;
  let expires = new Date();
  const warn = (): void => {
    const days = Math.floor((expires.getTime() - Date.now()) / dayMs);
    if (days >= warnDays) return;
    logger.warn({ file: files.cert, expires: expires.toISOString(), days }, 'the certificate expires soon');
  };
  await loaded.add(settings.tlsCert.name, Object.values(files), async () => {
    const material = await readMaterial(files);
    expires = checkTlsMaterial(material);
    if (credentials === undefined) credentials = new TlsCredentials(material, settings.tlsMinVersion.value);
    else credentials.replace(material);
    warn();
  });
  loaded.every(warnEveryMs, async () => warn());
  return credentials;
}

interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly clientCa?: string;
}

function tlsFiles({ tlsCert, tlsKey, tlsClientCa }: SecuritySettings): TlsFiles | undefined {
  const { value: clientCa } = tlsClientCa;
  if (tlsCert.value === null || tlsKey.value === null) {
    const given = [tlsCert, tlsKey, tlsClientCa].find(({ value }) => value !== null);
    if (given === undefined) return undefined;
    throw usageError(`${given.name}: --tls-cert and --tls-key go together`);
  }
  return { cert: tlsCert.value, key: tlsKey.value, ...(clientCa === null ? {} : { clientCa }) };
}

async function readMaterial({ cert, key, clientCa }: TlsFiles): Promise<TlsMaterial> {
  const [certText, keyText, clientCaText] = await Promise.all([
    readFile(cert, 'utf8'),
    readSecretFile(key, 'group').catch((error: unknown) => {
      // Which of the files it is.
      throw new Error(`${key}: ${error instanceof Error ? error.message : 'is no file'}`, { cause: error });
    }),
    clientCa === undefined ? undefined : readFile(clientCa, 'utf8'),
  ]);
  return { cert: certText, key: keyText, ...(clientCaText === undefined ? {} : { clientCa: clientCaText }) };
}
