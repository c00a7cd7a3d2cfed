import { RemoteThreadStore } from '@threadstore/client';
import type { LoadTarget } from './load.ts';

/** The store of a service that may ask for a token. */
export function remoteStore(
  { place, token }: Pick<LoadTarget, 'place' | 'token'>,
  options: { readonly keepLeases?: boolean } = {},
): RemoteThreadStore {
  const credentials = token === undefined ? {} : { credentials: { token } };
  return new RemoteThreadStore({ endpoint: place, ...options, ...credentials });
}
