import type { CallEnding } from './call-ending.ts';
import type { Arrival, Gate } from './gate.ts';

export interface Passage {
  readonly onPassed: () => void;
  readonly onRefused: (error: unknown) => void;
}

/** Passes the gates, in one tick unless one of them keeps the call waiting. */
export function passGates(gates: readonly Gate[], arrival: Arrival, end: CallEnding, passage: Passage): void {
  try {
    for (const [index, gate] of gates.entries()) {
      const waiting = gate.enter(arrival);
      if (waiting !== undefined) {
        void waiting.then(() => {
          if (!end.isOver) passGates(gates.slice(index + 1), arrival, end, passage);
        }, passage.onRefused);
        return;
      }
    }
  } catch (error) {
    passage.onRefused(error);
    return;
  }
  passage.onPassed();
}
