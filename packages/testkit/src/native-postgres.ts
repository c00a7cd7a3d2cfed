import { freePort } from './free-port.ts';
import { type NativePostgresOptions, NativeServer, type Original } from './native-server.ts';
import { sweepServerFolders } from './server-folder.ts';

/**
 * Starts a Postgres of its own from the programs that npm installed, on a free port of 127.0.0.1, with an empty data folder in
 * a temporary place. `stop`, or the end of this process, ends it and removes the folder.
 */
export async function startNativePostgres(
  options: NativePostgresOptions = {},
  original?: Original,
): Promise<NativeServer> {
  await sweepServerFolders();
  for (let attempt = 1; ; attempt++) {
    const server = new NativeServer(await freePort(), options, original);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Somebody else took the port in between.
      if (attempt === 5 || !server.log.includes('could not bind')) throw error;
    }
  }
}
