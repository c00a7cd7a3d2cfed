import { createFileRegistry, fromBinary, type JsonObject } from '@bufbuild/protobuf';
import type { GenService } from '@bufbuild/protobuf/codegenv2';
import { FieldDescriptorProto_Type, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import * as grpc from '@grpc/grpc-js';
import { CodexThreadStore } from '@threadstore/codex';
import { createClient, fileDescriptors } from '@threadstore/protocol';

type Methods = (typeof CodexThreadStore)['method'];
export type Rpc = keyof Methods;

/** What a client says and hears; JSON texts are strings. */
export type Message = Readonly<Record<string, unknown>>;

/** The contract as the clients have it: where ours says `bytes`, theirs says `string`. */
const clientService = ((): typeof CodexThreadStore => {
  const [bytes] = fileDescriptors(CodexThreadStore);
  if (bytes === undefined) throw new TypeError('no descriptor');
  const file = fromBinary(FileDescriptorProtoSchema, bytes);
  for (const message of file.messageType) {
    for (const field of message.field) {
      if (field.type === FieldDescriptorProto_Type.BYTES) field.type = FieldDescriptorProto_Type.STRING;
    }
  }
  const service = createFileRegistry(file, () => undefined).getService(CodexThreadStore.typeName);
  if (service === undefined) throw new TypeError('no service');
  return service as unknown as typeof CodexThreadStore;
})();

const receivedBytesMax = 4 * 1024 * 1024;

/**
 * A client such as the released ones: a connection for each call, no deadline, no headers, texts for JSON, at most 4 MiB an answer. Of
 * several endpoints each call goes to the next one.
 */
export class CodexClient {
  readonly #endpoints: readonly string[];
  #calls = 0;

  constructor(...endpoints: readonly string[]) {
    this.#endpoints = endpoints;
  }

  async call<T = Message>(rpc: Rpc, request: object): Promise<T> {
    const endpoint = this.#endpoints[this.#calls % this.#endpoints.length] ?? '';
    this.#calls += 1;
    const channel = new grpc.Client(endpoint, grpc.credentials.createInsecure(), {
      'grpc.max_receive_message_length': receivedBytesMax,
      'grpc.use_local_subchannel_pool': 1,
    });
    try {
      const client = createClient(clientService as GenService<Methods>, channel);
      return await (client[rpc] as (message: object) => Promise<T>)(request);
    } finally {
      channel.close();
    }
  }

  create(threadId: string, more: object = {}): Promise<Message> {
    return this.call('createThread', { threadId, source: { kind: 1 }, baseInstructionsJson: '{"text":"be"}', ...more });
  }

  append(threadId: string, ...itemsJson: readonly string[]): Promise<Message> {
    return this.call('appendItems', { threadId, itemsJson });
  }

  async history(threadId: string, more: object = {}): Promise<readonly string[]> {
    const { itemsJson } = await this.call<{ itemsJson: readonly string[] }>('loadHistory', { threadId, ...more });
    return itemsJson;
  }

  async read(threadId: string, more: object = {}): Promise<Message> {
    return (await this.call<{ thread: Message }>('readThread', { threadId, ...more })).thread;
  }

  async list(more: object = {}): Promise<{ readonly threads: readonly Message[]; readonly nextCursor?: string }> {
    return this.call('listThreads', { pageSize: 25, sortDirection: 1, ...more });
  }

  async ids(more: object = {}): Promise<readonly string[]> {
    return (await this.list(more)).threads.map(({ threadId }) => threadId as string);
  }
}

/** The status of a call that fails. */
export async function refusal(call: Promise<unknown>): Promise<{ readonly code: string; readonly text: string }> {
  try {
    await call;
  } catch (error) {
    const { code, details } = error as grpc.ServiceError;
    return { code: grpc.status[code], text: details };
  }
  throw new Error('the call succeeded');
}

export const notFound = (threadId: string): object => ({ code: 'NOT_FOUND', text: `thread ${threadId} not found` });

export const noRollout = (threadId: string): object => ({
  code: 'INVALID_ARGUMENT',
  text: `no rollout found for thread id ${threadId}`,
});

export function event(type: string, more: JsonObject = {}): string {
  return JSON.stringify({ type: 'event_msg', payload: { type, ...more } });
}

export function said(message: string): string {
  return event('user_message', { message, images: [], local_images: [], text_elements: [] });
}

export function typesOf(items: readonly string[]): readonly string[] {
  return items.map((item) => {
    const { type, payload } = JSON.parse(item) as { type: string; payload: { type?: string } };
    return payload.type ?? type;
  });
}

export function payloadOf(item: string | undefined): Message {
  return (JSON.parse(item ?? 'null') as { payload: Message }).payload;
}
