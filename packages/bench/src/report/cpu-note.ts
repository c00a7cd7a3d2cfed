import { cpuRatios } from '../measuring/cpu-ratios.ts';
import type { Result } from '../measuring/rounds.ts';
import { ratioText } from '../measuring/statistics.ts';

/** Other work on the machine changes rates more than it does the CPU time that an item takes. */
export function cpuNote(what: string, [these, those]: readonly Result[]): readonly string[] {
  const ratios = cpuRatios(these?.rounds ?? [], those?.rounds ?? []);
  return ratios.length === 0 ? [] : [`CPU time of the service and Postgres for an item ${what}: ${ratioText(ratios)}.`];
}
