import { serveThreadstore } from '@threadstore/testkit';
import { embeddedPlace, nativePlace, type Place } from '../places.ts';
import type { Workload } from './workload.ts';

const runs = 5;

export const startUp: Workload = {
  about: `from the start of \`threadstore serve\` until it listens: the first start, and ${runs} on what is there then`,
  inRounds: false,
  run: async () => {
    const rows = [['database', 'first start ms', 'later starts ms: min', 'median', 'max']];
    for (const open of [embeddedPlace, nativePlace]) {
      await using place = await open();
      const first = await startMs(place);
      const later: number[] = [];
      for (let run = 0; run < runs; run += 1) later.push(await startMs(place));
      later.sort((a, b) => a - b);
      const figures = [first, later[0], later[Math.floor(runs / 2)], later.at(-1)];
      rows.push([place.name, ...figures.map((ms) => (ms ?? 0).toFixed(0))]);
    }
    return { rows, notes: [] };
  },
};

async function startMs({ serveArgs }: Place): Promise<number> {
  const start = performance.now();
  await using server = await serveThreadstore([...serveArgs, '--log-level', 'error']);
  const ms = performance.now() - start;
  await server.stop();
  return ms;
}
