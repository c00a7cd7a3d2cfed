import * as grpc from '@grpc/grpc-js';
import { probeChannel, type ProbeTls } from './probe-channel.ts';

const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
/** A ServerReflectionRequest with an empty `list_services`. */
const listServices = Buffer.from([0x3a, 0]);

/** Whether a server answers gRPC server reflection. Without credentials; `false` where nobody answers. Rejects only for certificates that are none. */
export async function offersReflection(endpoint: string, deadlineMs: number, tls?: ProbeTls): Promise<boolean> {
  const client = new grpc.Client(...probeChannel(endpoint, tls));
  const bytes = (message: Buffer): Buffer => message;
  try {
    return await new Promise((resolve) => {
      const call = client.makeBidiStreamRequest(path, bytes, bytes, { deadline: Date.now() + deadlineMs });
      call.once('data', () => {
        resolve(true);
        call.cancel();
      });
      call.once('error', () => resolve(false));
      call.once('end', () => resolve(false));
      call.write(listServices);
      call.end();
    });
  } finally {
    client.close();
  }
}
