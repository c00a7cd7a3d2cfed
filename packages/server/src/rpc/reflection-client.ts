import * as grpc from '@grpc/grpc-js';

const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
/** A ServerReflectionRequest with an empty `list_services`. */
const listServices = Buffer.from([0x3a, 0]);

/** Whether a server answers gRPC server reflection. Never rejects; `false` where nobody answers. */
export async function offersReflection(endpoint: string, deadlineMs: number): Promise<boolean> {
  const client = new grpc.Client(endpoint, grpc.credentials.createInsecure());
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
