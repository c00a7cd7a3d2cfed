// An agent with a scripted model, whose thread outlives it:
//   node examples/agent.ts start              starts a thread, and then waits for a tool that never returns: kill it
//   node examples/agent.ts resume <thread>    takes the thread over, closes what was left open, goes on, forks, rolls back
// The service is at THREADSTORE_ENDPOINT, by default 127.0.0.1:50051.
import { RemoteThreadStore } from '@threadstore/client';
import { ThreadManager, turnOperation, type LiveItem } from '@threadstore/core';

const event = (type: string, fields: object): LiveItem => ({ type: 'event_msg', payload: { type, ...fields } });

/** Stands in for a model: it calls a tool when it is asked to build something, and else says what it was told. */
async function* model(prompt: string): AsyncGenerator<LiveItem> {
  if (prompt.startsWith('build')) {
    const call = { type: 'function_call', name: 'shell', arguments: '{"command":["make"]}', call_id: 'call-1' };
    yield { type: 'response_item', payload: call };
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  }
  yield event('agent_message', { message: `You said: ${prompt}` });
}

/** A turn: what the user says, what comes of it, its end. Each item is durable before the next one is made. */
const prompt = turnOperation(async (thread, text: string) => {
  const turnId = crypto.randomUUID();
  await thread.live.append([event('task_started', { turn_id: turnId }), event('user_message', { message: text })]);
  for await (const item of model(text)) {
    await thread.live.append([item]);
    if (typeof item !== 'string' && item.type === 'response_item') console.log('called a tool');
  }
  await thread.live.append([event('task_complete', { turn_id: turnId })]);
});

const [command, threadId = ''] = process.argv.slice(2);
const endpoint = process.env['THREADSTORE_ENDPOINT'] ?? '127.0.0.1:50051';
await using store = new RemoteThreadStore({ endpoint, onLeaseLost: (lost) => manager.leaseLost(lost) });
await using manager = new ThreadManager({ store, operations: { prompt } });

async function turnsOf(id: string): Promise<string> {
  const { turns } = await store.listTurns({ threadId: id, sortDirection: 'asc', itemsView: 'notLoaded' });
  return turns.map(({ status }) => status).join(', ');
}

if (command === 'start') {
  const thread = await manager.start({ metadata: { cwd: process.cwd(), source: 'exec' } });
  console.log(`thread ${thread.threadId}`);
  await thread.submit('prompt', 'hello');
  await thread.submit('prompt', 'build it');
} else {
  const thread = await manager.resume({ threadId, takeover: 'steal' });
  console.log(`took over from ${thread.takeover?.lease.holder}`);
  console.log(`open calls: ${thread.stateAtLoad?.openToolCalls.map(({ name }) => name).join(', ')}`);
  await thread.closeInterrupted();
  await thread.submit('prompt', 'never mind');
  console.log(`turns: ${await turnsOf(threadId)}`);

  const fork = await manager.fork({ sourceThreadId: threadId });
  await fork.submit('prompt', 'another way');
  await thread.rollback(2);
  console.log(`fork ${fork.threadId}: ${await turnsOf(fork.threadId)}`);
  console.log(`after the rollback: ${await turnsOf(threadId)}`);
}
