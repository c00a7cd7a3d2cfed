import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** The part of a request to the Responses API that the script goes by. */
interface ModelRequest {
  readonly input: readonly InputItem[];
  readonly tools?: readonly { readonly name?: string }[];
}

interface InputItem {
  readonly type: string;
  readonly role?: string;
  readonly content?: readonly { readonly text?: string }[];
}

type Event = { readonly type: string } & Record<string, unknown>;

/** The beginnings of prompts that ask for something other than a plain answer. */
export const prompts = {
  /** Calls the shell with the rest of the prompt, one call after another for what `&&&` parts, and then answers. */
  run: 'run: ',
  /** Thinks before it answers. */
  think: 'think: ',
  /** Refuses the request. */
  refuse: 'refuse: ',
  /** Begins an answer, and does not end it. */
  hang: 'hang: ',
} as const;

/**
 * Stands in for a model: an HTTP server on 127.0.0.1 that speaks as much of the Responses API as Codex needs. What it says follows
 * from the request alone, so that the same script gets the same answers whoever else asks.
 */
export class ScriptedModel implements AsyncDisposable {
  readonly #server: Server;
  readonly #answerMs: number;
  #hanging = 0;

  private constructor(server: Server, answerMs: number) {
    this.#server = server;
    this.#answerMs = answerMs;
  }

  /** `answerMs`: how long it takes to begin an answer, for measuring. Without it, it answers at once. */
  static async start({ answerMs = 0 }: { readonly answerMs?: number } = {}): Promise<ScriptedModel> {
    const server = createServer();
    const model = new ScriptedModel(server, answerMs);
    server.on('request', (request, response) => void model.#serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return model;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('scripted model: it has no port');
    return `http://127.0.0.1:${address.port}/v1`;
  }

  /** How many answers were begun and will never end. */
  get hanging(): number {
    return this.#hanging;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST' || request.url !== '/v1/responses') {
      response.writeHead(404).end();
      return;
    }
    const { input, tools = [] } = (await json(request)) as ModelRequest;
    const prompt = lastPrompt(input);
    if (this.#answerMs > 0) await sleep(this.#answerMs);
    if (prompt.startsWith(prompts.refuse)) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'the model refuses', type: 'invalid_request_error' } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const hangs = prompt.startsWith(prompts.hang);
    for (const event of eventsOf(input, prompt, toolNames(tools), hangs)) response.write(asText(event));
    if (hangs) this.#hanging += 1;
    else response.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

const asText = (event: Event): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

const toolNames = (tools: ModelRequest['tools'] = []): readonly string[] => tools.flatMap(({ name }) => name ?? []);

const textOf = ({ content = [] }: InputItem): string => content.map(({ text = '' }) => text).join('');

const isPrompt = (item: InputItem): boolean =>
  item.type === 'message' && item.role === 'user' && !textOf(item).startsWith('<');

function lastPrompt(input: readonly InputItem[]): string {
  const last = input.findLast(isPrompt);
  return last === undefined ? '' : textOf(last);
}

function* eventsOf(
  input: readonly InputItem[],
  prompt: string,
  tools: readonly string[],
  hangs: boolean,
): Generator<Event> {
  // Ids of a response need only differ within a thread.
  const turn = `${input.length}`;
  yield { type: 'response.created', response: { id: `resp_${turn}` } };
  const call = nextShellCall(input, prompt, tools);
  if (call !== undefined) {
    yield { type: 'response.output_item.done', output_index: 0, item: { ...call, call_id: `call_${turn}` } };
    yield completed(turn, input.length);
    return;
  }
  if (prompt.startsWith(prompts.think)) {
    const summary = [{ type: 'summary_text', text: `**Thinking** of ${prompt.slice(prompts.think.length)}` }];
    const item = { type: 'reasoning', id: `rs_${turn}`, summary, encrypted_content: 'sealed' };
    yield { type: 'response.output_item.done', output_index: 0, item };
  }
  yield* message(`msg_${turn}`, `answer ${input.filter(isPrompt).length}: ${prompt}`, hangs);
  if (!hangs) yield completed(turn, input.length);
}

/** An answer as it is streamed: begun, in pieces, and whole, unless it hangs. */
function* message(id: string, text: string, hangs: boolean): Generator<Event> {
  const item = { type: 'message', role: 'assistant', id };
  yield { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } };
  for (const piece of text.match(/.{1,20}/gsu) ?? [])
    yield { type: 'response.output_text.delta', item_id: id, output_index: 0, content_index: 0, delta: piece };
  if (hangs) return;
  yield {
    type: 'response.output_item.done',
    output_index: 0,
    item: { ...item, content: [{ type: 'output_text', text, annotations: [] }] },
  };
}

/** The shell call that comes next for a prompt, in the words of whichever shell tool the release offers. */
function nextShellCall(input: readonly InputItem[], prompt: string, tools: readonly string[]): object | undefined {
  if (!prompt.startsWith(prompts.run)) return undefined;
  const commands = prompt.slice(prompts.run.length).split(' &&& ');
  const done = input.slice(input.findLastIndex(isPrompt)).filter(({ type }) => type === 'function_call_output').length;
  const command = commands[done];
  if (command === undefined) return undefined;
  const call = (name: string, args: object): object => ({
    type: 'function_call',
    name,
    arguments: JSON.stringify(args),
  });
  if (tools.includes('exec_command')) return call('exec_command', { cmd: command });
  if (tools.includes('shell_command')) return call('shell_command', { command });
  return call('shell', { command: ['sh', '-c', command] });
}

function completed(turn: string, inputs: number): Event {
  const usage = {
    input_tokens: 100 + inputs,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 7,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 107 + inputs,
  };
  return { type: 'response.completed', response: { id: `resp_${turn}`, usage } };
}
