import { isFields, type Fields } from '../turn-index/event-fields.ts';
import type { TurnEvent } from '../turn-index/turn-event.ts';

export type ToolCallKind = 'function_call' | 'custom_tool_call' | 'local_shell_call' | 'tool_search_call';
export type ToolOutputKind = 'function_call_output' | 'custom_tool_call_output' | 'tool_search_output';

/** What answers a call of each kind. */
export const outputKinds: Readonly<Record<ToolCallKind, ToolOutputKind>> = {
  function_call: 'function_call_output',
  custom_tool_call: 'custom_tool_call_output',
  local_shell_call: 'function_call_output',
  tool_search_call: 'tool_search_output',
};

/** A call of a tool whose output is not in the thread. */
export interface OpenToolCall {
  readonly ordinal: bigint;
  /** By which its output would name it. `null` where the agent gave it none: then no output can be told to be its. */
  readonly callId: string | null;
  readonly kind: ToolCallKind;
  /** Of the tool, where the kind of call does not name it. */
  readonly name: string | null;
  /** The turn it was made in, if any. */
  readonly turnId: string | null;
}

/**
 * The calls that have no output yet. A call is gone when a rollback hides it, and when a compaction replaces what the model
 * sees. One without an id counts until its turn ends. Searches for tools that the model's provider does itself are not the session's to
 * answer. Keeps the open calls alone.
 */
export class ToolCalls {
  /** By what would answer them. */
  readonly #named = new Map<string, OpenToolCall>();
  #unnamed: OpenToolCall[] = [];

  take(ordinal: bigint, { type, payload }: Fields, turnId: string | null): void {
    if (!isFields(payload)) return;
    if (type === 'compacted' && Array.isArray(payload['replacement_history'])) this.#dropFrom(0n);
    if (type === 'response_item') this.#takeResponse(ordinal, payload, turnId);
  }

  /** Takes what an item means to turns, and from which ordinal on it hides others. */
  takeEvent({ kind }: TurnEvent, hiddenFrom: bigint | null): void {
    if (hiddenFrom !== null) this.#dropFrom(hiddenFrom);
    if (kind === 'started' || kind === 'completed' || kind === 'aborted') this.#unnamed = [];
  }

  /** In their order. */
  get open(): readonly OpenToolCall[] {
    return [...this.#named.values(), ...this.#unnamed].toSorted((a, b) => (a.ordinal < b.ordinal ? -1 : 1));
  }

  #takeResponse(ordinal: bigint, payload: Fields, turnId: string | null): void {
    const { type, call_id: id, name, execution } = payload;
    if (typeof type !== 'string') return;
    const callId = typeof id === 'string' ? id : null;
    if (!isCallKind(type)) {
      if (callId !== null) this.#named.delete(`${type} ${callId}`);
    } else if (type !== 'tool_search_call' || execution !== 'server') {
      const call = { ordinal, callId, kind: type, name: typeof name === 'string' ? name : null, turnId };
      // An id that is used again is answered by one output.
      if (callId !== null) this.#named.set(`${outputKinds[type]} ${callId}`, call);
      else this.#unnamed.push(call);
    }
  }

  #dropFrom(ordinal: bigint): void {
    for (const [answer, call] of this.#named) if (call.ordinal >= ordinal) this.#named.delete(answer);
    this.#unnamed = this.#unnamed.filter((call) => call.ordinal < ordinal);
  }
}

function isCallKind(type: string): type is ToolCallKind {
  return Object.hasOwn(outputKinds, type);
}
