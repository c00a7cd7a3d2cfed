import { Counter, type Registry } from 'prom-client';

interface TallyDefinition<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly label: Label;
}

/** A counter with one label that costs a look-up to count, and is made up when somebody asks. */
export class Tally<Value extends string> {
  readonly #counts = new Map<Value, number>();

  constructor(registry: Registry, { name, help, label }: TallyDefinition<string>) {
    const counts = this.#counts;
    new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        this.reset();
        for (const [value, count] of counts) this.inc({ [label]: value }, count);
      },
    });
  }

  add(value: Value, count = 1): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
  }
}
