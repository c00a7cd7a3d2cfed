import type { RoundPlan } from '../measuring/rounds.ts';
import type { Report } from '../report/report.ts';

export interface WorkloadOptions extends RoundPlan {
  /** Of the sizes of long threads: less than 1 for a trial. */
  readonly scale: number;
}

export interface Workload {
  /** One line: what is measured. */
  readonly about: string;
  /** Whether it goes by the rounds that were asked for. */
  readonly inRounds: boolean;
  readonly run: (options: WorkloadOptions) => Promise<Report>;
}
