import { newThreadId } from '@threadstore/core';
import { oneCall, requests } from './one-call.ts';

type Step = (threadId: string) => readonly [rpc: string, message: Buffer];

const append =
  (...items: readonly string[]): Step =>
  (threadId) => ['AppendItems', requests.append(threadId, items)];
const ofId =
  (rpc: string): Step =>
  (threadId) => [rpc, requests.ofId(threadId)];
const event = (type: string, more: object = {}): string =>
  JSON.stringify({ type: 'event_msg', payload: { type, ...more } });

/** A session with one turn, as Codex makes it of calls; half of its appends bring nothing that is stored. */
const steps: readonly Step[] = [
  (threadId) => ['CreateThread', requests.create(threadId)],
  append(event('task_started', { turn_id: 't' })),
  append(event('user_message', { message: 'list the files', images: [] })),
  ofId('PersistThread'),
  append(event('agent_message_content_delta', { delta: 'I ' })),
  append(event('agent_message_content_delta', { delta: 'will' })),
  append(event('exec_command_begin', { call_id: 'c' })),
  append('{"type":"response_item","payload":{"type":"function_call","name":"shell","arguments":"{}","call_id":"c"}}'),
  append(
    `{"type":"response_item","payload":{"type":"function_call_output","call_id":"c","output":"${'o'.repeat(2_000)}"}}`,
  ),
  append(event('token_count', { info: null })),
  append(event('agent_message', { message: 'these' })),
  append(event('task_complete', { turn_id: 't' })),
  ofId('FlushThread'),
  ofId('LoadHistory'),
  ofId('ReadThread'),
  ofId('ShutdownThread'),
];

/** How many items a session that ran to its end has stored, `session_meta` among them. */
export const itemsOfSession = 8;

interface Session {
  readonly threadId: string;
  step: number;
}

export interface LoadResult {
  readonly calls: number;
  /** How many calls ended in what is no success, by what it was. */
  readonly failures: Readonly<Record<string, number>>;
  /** Threads whose session ran to its end. */
  readonly finished: readonly string[];
  /** Milliseconds that calls took, from the connection to its end. */
  readonly took: readonly number[];
  /** Turns that were passed over because every session was waiting for an answer. */
  readonly late: number;
}

export interface LoadOptions {
  readonly endpoints: readonly string[];
  readonly callsPerSecond: number;
  readonly calls: number;
  readonly sessions: number;
}

const tickMs = 10;

/** Makes calls at a rate, each over a connection of its own, for sessions that take turns. */
export async function runSessions({ endpoints, callsPerSecond, calls, sessions }: LoadOptions): Promise<LoadResult> {
  const idle: Session[] = Array.from({ length: sessions }, () => ({ threadId: newThreadId(), step: 0 }));
  const failures: Record<string, number> = {};
  const finished: string[] = [];
  const took: number[] = [];
  const underWay = new Set<Promise<void>>();
  let [made, late] = [0, 0];
  const call = async (session: Session, number: number): Promise<void> => {
    const [rpc, message] = steps[session.step]?.(session.threadId) ?? ['none', Buffer.alloc(0)];
    const startedAt = performance.now();
    const status = await oneCall(endpoints[number % endpoints.length] ?? '', rpc, message);
    took.push(performance.now() - startedAt);
    if (status !== '0') failures[`${rpc}: ${status}`] = (failures[`${rpc}: ${status}`] ?? 0) + 1;
    session.step += 1;
    const isOver = session.step === steps.length;
    if (isOver) finished.push(session.threadId);
    idle.push(isOver ? { threadId: newThreadId(), step: 0 } : session);
  };
  const startedAt = performance.now();
  while (made < calls) {
    const due = Math.min(calls, Math.floor(((performance.now() - startedAt) * callsPerSecond) / 1_000) - late);
    while (made < due) {
      const session = idle.shift();
      if (session === undefined) {
        late += due - made;
        break;
      }
      const running = call(session, made).finally(() => underWay.delete(running));
      underWay.add(running);
      made += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  await Promise.all(underWay);
  return { calls: made, failures, finished, took, late };
}
