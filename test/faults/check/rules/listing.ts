import type { Call } from '../../history/calls.ts';
import type { Facts } from '../../history/facts.ts';
import type { WalkQuery } from '../../history/operations.ts';
import { deletedAt, type Lifetime, lifetimesOf } from '../lifetimes.ts';
import type { Rule, Violation } from '../rule.ts';
import { standing } from '../walk-world.ts';

/** A walk along a list shows each thread that belongs there once, in order, and no other. */
export const listing: Rule = {
  id: 'R18',
  promise:
    'a walk along a list shows no thread twice, each that matches all the time, and those that match only, in order',
  *violations(facts): Iterable<Violation> {
    const lifetimes = lifetimesOf(facts);
    for (const [walk, due] of withThoseDue(facts.calls.walk, lifetimes)) {
      yield* disorder(walk);
      yield* wronglyShown(walk, lifetimes);
      if (walk.answer?.complete !== true) continue;
      const shown = new Set(walk.answer.threads.map(([thread]) => thread));
      for (const life of due) {
        const { due: isDue, still } = standing(life, walk);
        if (isDue && still && !shown.has(life.thread))
          yield { thread: life.thread, what: `${walk.call} left it out (${queryText(walk.query)})` };
      }
    }
  },
};

/** Each walk with all threads that may have been there all the time. The threads that came and went before are not looked at again. */
function* withThoseDue(
  walks: Facts['calls']['walk'],
  lifetimes: ReadonlyMap<string, Lifetime>,
): Iterable<readonly [Call<'walk'>, Iterable<Lifetime>]> {
  const coming = [...lifetimes.values()].toSorted((a, b) => a.thereAt - b.thereAt);
  const there = new Set<Lifetime>();
  let next = 0;
  for (const walk of walks) {
    for (let life = coming[next]; life !== undefined && life.thereAt < walk.at; life = coming[next]) {
      there.add(life);
      next += 1;
    }
    for (const life of there) if (deletedAt(life) < walk.at) there.delete(life);
    yield [walk, there];
  }
}

/** By their times and then by their ids, both in the direction of the sort. */
function* disorder({ call, query, answer }: Call<'walk'>): Iterable<Violation> {
  const threads = answer?.threads ?? [];
  for (const [index, [thread, time]] of threads.entries()) {
    const [before, timeBefore] = threads[index - 1] ?? [];
    if (before === undefined || timeBefore === undefined) continue;
    const rises = timeBefore < time || (timeBefore === time && before < thread);
    const falls = timeBefore > time || (timeBefore === time && before > thread);
    if (!(query.direction === 'asc' ? rises : falls))
      yield { thread, what: `${call} shows it behind ${before} (${queryText(query)})` };
  }
}

function* wronglyShown(walk: Call<'walk'>, lifetimes: ReadonlyMap<string, Lifetime>): Iterable<Violation> {
  const shown = new Set<string>();
  for (const [thread] of walk.answer?.threads ?? []) {
    const life = lifetimes.get(thread);
    if (life === undefined) {
      yield { thread, what: `${walk.call} shows it, nobody made it` };
      continue;
    }
    const { barred, still } = standing(life, walk);
    if (barred !== undefined) yield { thread, what: `${walk.call} shows it, but ${barred} (${queryText(walk.query)})` };
    if (shown.has(thread) && still) yield { thread, what: `${walk.call} shows it twice (${queryText(walk.query)})` };
    shown.add(thread);
  }
}

function queryText(query: WalkQuery): string {
  const said = Object.entries(query).filter(([, value]) => value !== null);
  return said.map(([name, value]) => `${name} ${String(value)}`).join(', ');
}
