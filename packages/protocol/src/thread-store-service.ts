import type { GenService } from '@bufbuild/protobuf/codegenv2';
import type { ServiceClient } from './binding/client.ts';
import type { Implementation } from './binding/server.ts';
import type { ThreadStoreService } from './gen/threadstore/v1/thread_store_service_pb.ts';

type MethodsOf<D> = D extends GenService<infer M> ? M : never;
type Methods = MethodsOf<typeof ThreadStoreService>;

/** What a server of `threadstore.v1.ThreadStoreService` is made of: one handler for each of its methods. */
export type ThreadStoreHandlers = Implementation<Methods>;

/** One caller for each method of `threadstore.v1.ThreadStoreService`. */
export type ThreadStoreCallers = ServiceClient<Methods>;
