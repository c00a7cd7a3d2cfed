import { implicitTurnId } from '../turn-index/project-turns.ts';
import type { InterruptedTurn, SessionState } from './check-up.ts';
import { outputKinds, type OpenToolCall, type ToolOutputKind } from './tool-calls.ts';

export interface ClosingOptions {
  /** When the turn was found interrupted. Absent: the items carry no time. */
  readonly now?: Date;
  readonly reason?: 'interrupted';
}

/**
 * The JSON texts of the items that close what was left open in a thread, for one append: an output for each open call, which says that the
 * call was aborted, then for a turn under way the mark that tells the model so and the event that interrupts the turn. Empty when
 * nothing is open. A call without an id can't be answered and gets no output; the end of its turn is all there is to say of it.
 */
export function closingItems(state: SessionState, options: ClosingOptions = {}): readonly string[] {
  const outputs = state.openToolCalls.flatMap(abortedOutput);
  const ending = state.interruptedTurn === null ? [] : interruption(state.interruptedTurn, options);
  return [...outputs, ...ending].map((item) => JSON.stringify(item));
}

function abortedOutput({ kind, callId }: OpenToolCall): object[] {
  if (callId === null) return [];
  const type = outputKinds[kind];
  return [{ type: 'response_item', payload: { type, call_id: callId, ...abortedResult[type] } }];
}

const abortedResult: Readonly<Record<ToolOutputKind, object>> = {
  function_call_output: { output: 'aborted' },
  custom_tool_call_output: { output: 'aborted' },
  tool_search_output: { status: 'incomplete', execution: 'client', tools: [] },
};

const abortMark = `<turn_aborted>
The previous turn was interrupted before it came to its end. Tools that it called may have done all, some or nothing of their work: check
before you repeat them.
</turn_aborted>`;

function interruption(turn: InterruptedTurn, { now, reason = 'interrupted' }: ClosingOptions): object[] {
  // A made-up id means something else to readers that count items in another way; without one, the event is of the turn that is open.
  const turnId = turn.turnId === implicitTurnId(turn.firstOrdinal) ? null : turn.turnId;
  const time = now === undefined ? {} : { completed_at: Math.floor(now.getTime() / 1_000) };
  const content = [{ type: 'input_text', text: abortMark }];
  return [
    { type: 'response_item', payload: { type: 'message', role: 'user', content } },
    { type: 'event_msg', payload: { type: 'turn_aborted', turn_id: turnId, reason, ...time } },
  ];
}
