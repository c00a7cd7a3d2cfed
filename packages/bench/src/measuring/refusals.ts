/** Of the refusals of a service: how many came within a time that its metrics have a bucket for. */
export interface Refusals {
  readonly within: number;
  readonly all: number;
}

/** `seconds` as its bucket has them. Reckoned from when a call is begun to when its status is written. */
export async function refusalsOf(metricsAddress: string, seconds: string): Promise<Refusals> {
  const answer = await fetch(`http://${metricsAddress}/metrics`);
  const lines = (await answer.text()).split('\n').filter((line) => line.includes('="RESOURCE_EXHAUSTED"'));
  const sum = (isOf: (line: string) => boolean): number =>
    lines.filter(isOf).reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0);
  return {
    within: sum((line) => line.includes(`_bucket{le="${seconds}"`)),
    all: sum((line) => line.startsWith('rpc_server_call_duration_seconds_count')),
  };
}
