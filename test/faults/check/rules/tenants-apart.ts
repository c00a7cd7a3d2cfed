import type { Call } from '../../history/calls.ts';
import type { Facts } from '../../history/facts.ts';
import type { Rule, Violation } from '../rule.ts';

/** Nothing tells a tenant of others: what is theirs is to it as if it were nowhere. */
export const tenantsApart: Rule = {
  id: 'R17',
  promise: 'what is of another tenant is answered as what is of nobody, and shows in no answer, error or log',
  *violations({ canaries, calls }): Iterable<Violation> {
    for (const { client, tenant, of, where } of canaries) {
      if (tenant !== of) yield { thread: '', what: `${client}: ${where} shows what is of tenant ${of}` };
    }
    for (const [foreign, absent] of comparedProbes(calls.probe)) {
      if (foreign.answer.signature !== absent.answer.signature) {
        const answers = `${foreign.answer.signature} of a foreign one, ${absent.answer.signature} of an absent one`;
        yield { thread: foreign.id, what: `${foreign.call} and ${absent.call}: ${foreign.method} says ${answers}` };
      }
    }
  },
};

type Answered = Call<'probe'> & { readonly answer: NonNullable<Call<'probe'>['answer']> };

/**
 * Two probes that differ in nothing but in whether their id is of another tenant or of nobody, where both were answered at once: a client
 * that sends a call again takes what it finds for what it did itself.
 */
export function comparedProbes(probes: Facts['calls']['probe']): readonly (readonly [Answered, Answered])[] {
  const answered = probes.filter(
    (probe): probe is Answered => probe.answer !== undefined && probe.answer.attempts <= 1 && probe.pair !== '',
  );
  return [...Map.groupBy(answered, ({ pair }) => pair).values()].flatMap((pair) => {
    const foreign = pair.find(({ target }) => target === 'foreign');
    const absent = pair.find(({ target }) => target === 'absent');
    return foreign === undefined || absent === undefined ? [] : [[foreign, absent] as const];
  });
}
