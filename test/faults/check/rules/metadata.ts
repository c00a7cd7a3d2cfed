import type { Call } from '../../history/calls.ts';
import type { Facts } from '../../history/facts.ts';
import { firstValue, type Register, registers } from '../../history/operations.ts';
import { type RegisterOperation, registerFaults } from '../register-zones.ts';
import type { Rule, Violation } from '../rule.ts';

/** Each field of a thread's metadata behaves as one register, whoever patches whatever other field of it meanwhile. */
export const metadata: Rule = {
  id: 'R14',
  promise:
    'a field of the metadata has the value of its last patch, as if patches and reads had been one after the other',
  *violations({ calls }: Facts): Iterable<Violation> {
    const makers = new Map([...calls.create, ...calls.fork].map((call) => [call.thread, call]));
    const others = Map.groupBy([...calls.patch, ...calls.readMetadata], ({ thread }) => thread);
    for (const [thread, changes] of others) {
      const maker = makers.get(thread);
      for (const register of registers) {
        const first = maker === undefined ? [] : [firstWrite(maker)];
        const operations = changes.flatMap((call) => operationsOn(call, register));
        for (const what of registerFaults([...first, ...operations])) yield { thread, what: `${register}: ${what}` };
      }
    }
  },
};

function firstWrite({ at, endedAt, outcome, call }: Call<'create' | 'fork'>): RegisterOperation {
  return { kind: 'write', value: firstValue, at, endedAt: outcome === 'ok' ? endedAt : Infinity, by: call };
}

/** A patch sets some registers, and the answer to it shows the others. */
function operationsOn(call: Call<'patch' | 'readMetadata'>, register: Register): readonly RegisterOperation[] {
  const { at, endedAt, outcome, answer, call: by } = call;
  const operations: RegisterOperation[] = [];
  const isPatched = call.f === 'patch' && call.registers.includes(register);
  // One that failed with effect none wrote nothing, and whoever reads its value finds no write of it.
  if (isPatched && outcome !== 'fail')
    operations.push({ kind: 'write', value: call.value, at, endedAt: outcome === 'ok' ? endedAt : Infinity, by });
  if (answer !== undefined) operations.push({ kind: 'read', value: answer.registers[register], at, endedAt, by });
  return operations;
}
