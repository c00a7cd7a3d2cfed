import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FactCollector, type Facts } from './facts.ts';
import type { HistoryLine } from './lines.ts';

const ending = '.history.jsonl';

/** Where `name`, a process or a stage of a run, records. */
export function historyFile(folder: string, name: string): string {
  return join(folder, `${name}${ending}`);
}

/** What the files of a run say. A last line that a killed process left unfinished is left out. */
export async function readFacts(folder: string): Promise<Facts> {
  const collector = new FactCollector();
  for (const name of readdirSync(folder).toSorted()) {
    if (!name.endsWith(ending)) continue;
    for await (const text of createInterface({ input: createReadStream(join(folder, name)), crlfDelay: Infinity })) {
      if (text.endsWith('}')) collector.add(JSON.parse(text) as HistoryLine);
    }
  }
  return collector.facts();
}
