import { RemoteThreadStore } from '@threadstore/client';
import { LiveThread } from '@threadstore/core';

const store = new RemoteThreadStore({ endpoint: '127.0.0.1:50051' });
const thread = await LiveThread.create(store, { metadata: { cwd: process.cwd(), source: 'cli' } });
await thread.append([{ type: 'event_msg', payload: { type: 'user_message', message: 'hello' } }]);
const { title, nextOrdinal } = await thread.readThread();
console.log(`${thread.threadId}: ${title}, ${nextOrdinal} item`);
for await (const { items } of store.streamHistory({ threadId: thread.threadId })) console.log(items);
await thread.shutdown();
await store.close();
