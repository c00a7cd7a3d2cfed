import type { Facts } from '../history/facts.ts';

/** Batches that were acknowledged with a place before one that had been acknowledged before they were first sent. */
export function outOfOrder({ batches }: Facts): number {
  const answered = [...batches.values()].flatMap(({ thread, calls }) => {
    const ok = calls.filter(({ answer }) => answer !== undefined);
    const [first] = ok;
    if (first?.answer === undefined) return [];
    const sentAt = Math.min(...calls.map(({ at }) => at));
    const endedAt = Math.min(...ok.map((call) => call.endedAt));
    return [{ thread, sentAt, endedAt, ordinal: first.answer.first }];
  });
  let count = 0;
  for (const all of Map.groupBy(answered, ({ thread }) => thread).values()) {
    const bySending = all.toSorted((a, b) => a.sentAt - b.sentAt);
    const byEnd = all.toSorted((a, b) => a.endedAt - b.endedAt);
    let [highest, next] = [-1, 0];
    for (const { sentAt, ordinal } of bySending) {
      for (let one = byEnd[next]; one !== undefined && one.endedAt < sentAt; one = byEnd[next]) {
        highest = Math.max(highest, one.ordinal);
        next += 1;
      }
      if (ordinal < highest) count += 1;
    }
  }
  return count;
}
