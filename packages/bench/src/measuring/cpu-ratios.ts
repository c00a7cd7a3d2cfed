import type { Round } from './rounds.ts';

/** How many times the CPU time of service and Postgres an item of these took, against those: by round, for rounds of which it is known. */
export function cpuRatios(these: readonly Round[], those: readonly Round[]): readonly number[] {
  return these.flatMap((round, index) => {
    const other = those[index];
    const [ours, theirs] = [cpuOf(round), other && cpuOf(other)];
    return ours == null || theirs == null ? [] : [ours / theirs];
  });
}

/** Of one item, in hundredths of a second. */
function cpuOf({ serverCpu, postgresCpu, seconds, items }: Round): number | null {
  return serverCpu === null || postgresCpu === null ? null : ((serverCpu + postgresCpu) * seconds) / items;
}
