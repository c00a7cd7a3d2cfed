import * as grpc from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';

/** What the health service at an address says of a service's name. Rejects with a `ServiceError`. */
export async function healthOf(endpoint: string, service: string): Promise<string> {
  const client = new grpc.Client(endpoint, grpc.credentials.createInsecure());
  try {
    return await check(client, service);
  } finally {
    client.close();
  }
}

function check(client: grpc.Client, service: string): Promise<string> {
  const { path, requestSerialize, responseDeserialize } = healthMethod('Check');
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (error, response) => {
      if (error === null) resolve((response as { status: string }).status);
      else reject(error);
    });
  });
}

export function healthMethod(name: string): grpc.MethodDefinition<unknown, unknown> {
  const found = (healthService as unknown as Record<string, grpc.MethodDefinition<unknown, unknown>>)[name];
  if (found === undefined) throw new Error(`no method ${name}`);
  return found;
}
