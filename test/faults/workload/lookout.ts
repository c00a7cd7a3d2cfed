import type { ThreadStore } from '@threadstore/core';
import { now, type Recorder } from '../history/recorder.ts';
import { canariesIn, type Tenant } from '../history/tenants.ts';

/** Looks for canaries in all that somebody comes to see, and records the first of each tenant in each place. */
export class Lookout {
  readonly #client: string;
  readonly #tenant: Tenant | null;
  readonly #recorder: Pick<Recorder, 'record'>;
  readonly #known = new Set<string>();

  /** `tenant`: whose canaries may be there; null: nobody's. */
  constructor(client: string, tenant: Tenant | null, recorder: Pick<Recorder, 'record'>) {
    this.#client = client;
    this.#tenant = tenant;
    this.#recorder = recorder;
  }

  /** Whatever can be reached from the value, the messages of errors and what caused them included. */
  look(where: string, value: unknown): void {
    if (typeof value === 'string') this.#lookAtText(where, value);
    else if (value instanceof Error) {
      for (const name of Object.getOwnPropertyNames(value)) this.look(where, Reflect.get(value, name));
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        this.#lookAtText(where, name);
        this.look(where, member);
      }
    }
  }

  #lookAtText(where: string, text: string): void {
    for (const of of canariesIn(text)) {
      const key = `${of} ${where}`;
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.#recorder.record({ type: 'canary', at: now(), client: this.#client, tenant: this.#tenant, of, where });
    }
  }
}

/** A store at whose every answer and error a lookout looks. */
export function watched<S extends ThreadStore>(store: S, lookout: Lookout): S {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => seen(String(name), Reflect.apply(member, target, args), lookout);
    },
  });
}

function seen(where: string, answer: unknown, lookout: Lookout): unknown {
  if (answer instanceof Promise) return seenInTime(where, answer, lookout);
  return isStream(answer) ? seenOneByOne(where, answer, lookout) : answer;
}

async function seenInTime(where: string, answer: Promise<unknown>, lookout: Lookout): Promise<unknown> {
  try {
    const value = await answer;
    lookout.look(where, value);
    return value;
  } catch (error) {
    lookout.look(where, error);
    throw error;
  }
}

async function* seenOneByOne(where: string, stream: AsyncIterable<unknown>, lookout: Lookout): AsyncIterable<unknown> {
  try {
    for await (const value of stream) {
      lookout.look(where, value);
      yield value;
    }
  } catch (error) {
    lookout.look(where, error);
    throw error;
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
