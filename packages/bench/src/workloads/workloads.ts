import { exportMemory } from './export-memory.ts';
import { startUp } from './start-up.ts';

export interface Workload {
  /** One line: what is measured. */
  readonly about: string;
  /** Measures, and prints a table. */
  readonly run: () => Promise<void>;
}

export const workloads = {
  'start-up': startUp,
  'export-memory': exportMemory,
} satisfies Record<string, Workload>;

export type WorkloadName = keyof typeof workloads;
