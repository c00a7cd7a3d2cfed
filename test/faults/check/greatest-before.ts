/** A number about a thread that somebody knew from some time on. */
export interface Report {
  readonly thread: string;
  readonly endedAt: number;
  readonly value: number;
  /** Who knew, for people. */
  readonly by: string;
}

interface Question {
  readonly thread: string;
  readonly at: number;
}

/** Each question with the greatest number that anybody knew of its thread before it was asked. In the order of their times. */
export function* greatestBefore<Q extends Question>(
  reports: readonly Report[],
  questions: readonly Q[],
): Iterable<readonly [question: Q, greatest: Report]> {
  const ended = reports.toSorted((a, b) => a.endedAt - b.endedAt);
  const greatest = new Map<string, Report>();
  let next = 0;
  for (const question of questions.toSorted((a, b) => a.at - b.at)) {
    for (let report = ended[next]; report !== undefined && report.endedAt < question.at; report = ended[next]) {
      if (report.value > (greatest.get(report.thread)?.value ?? -Infinity)) greatest.set(report.thread, report);
      next += 1;
    }
    const known = greatest.get(question.thread);
    if (known !== undefined) yield [question, known];
  }
}
