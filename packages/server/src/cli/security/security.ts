import type * as grpc from '@grpc/grpc-js';
import { AuthenticationGate } from '../../auth/authentication-gate.ts';
import type { Logger } from '../../log.ts';
import type { Gate } from '../../rpc/gate.ts';
import { usageError } from '../cli-error.ts';
import { LoadedSettings } from './loaded-settings.ts';
import {
  certificateTenants,
  checkJwtSettings,
  jsonWebTokens,
  listedTokens,
  type SecuritySettings,
  type Sources,
} from './sources.ts';
import { openTls } from './tls.ts';

/** What stands before the service. */
export interface Security extends Disposable {
  /** None where nobody is asked for credentials. */
  readonly gates: readonly Gate[];
  /** What connections are made with; `undefined`: plain text. */
  readonly credentials: grpc.ServerCredentials | undefined;
}

/** Whether callers will be asked for credentials. */
export function authenticates({ tokensFile, jwtKeys, jwtJwksUrl, mtlsTenants }: SecuritySettings): boolean {
  return [tokensFile, jwtKeys, jwtJwksUrl, mtlsTenants].some(({ value }) => value !== null);
}

export function encrypts({ tlsCert }: SecuritySettings): boolean {
  return tlsCert.value !== null;
}

/** Loads keys and credentials, and again when they have changed. Refuses what is no good. */
export async function openSecurity(settings: SecuritySettings, logger: Logger): Promise<Security> {
  if (settings.tlsClientCa.value !== null && !authenticates(settings)) {
    throw usageError(`${settings.tlsClientCa.name}: needs --mtls-tenants, or tokens, to tell whose tenant it is`);
  }
  checkJwtSettings(settings);
  const loaded = new LoadedSettings(logger);
  const close = (): void => loaded[Symbol.dispose]();
  try {
    const credentials = await openTls(settings, loaded, logger);
    const gates = authenticates(settings) ? [await openGate(settings, loaded, logger)] : [];
    return { gates, credentials, [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

async function openGate(settings: SecuritySettings, loaded: LoadedSettings, logger: Logger): Promise<Gate> {
  const gates: AuthenticationGate[] = [];
  const onChange = (): void => {
    for (const gate of gates) gate.recheck();
  };
  const sources: Sources = { settings, loaded, onChange, logger };
  const tokens = [await listedTokens(sources), await jsonWebTokens(sources)];
  const certificates = await certificateTenants(sources);
  const gate = new AuthenticationGate({
    tokens: tokens.filter((one) => one !== undefined),
    ...(certificates === undefined ? {} : { certificates }),
  });
  gates.push(gate);
  return gate;
}
