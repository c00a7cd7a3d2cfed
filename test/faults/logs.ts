import { existsSync, readFileSync } from 'node:fs';
import type { Recorder } from './history/recorder.ts';
import { Lookout } from './workload/lookout.ts';

interface Logging {
  readonly name: string;
  readonly log: string;
  /** Where its audit log is. */
  readonly auditLog: string | null;
}

/** Records the lines of a replica's audit log, and the canaries that are in what its processes said: nobody's may be there. */
export function recordLogs({ name, log, auditLog }: Logging, recorder: Pick<Recorder, 'record'>): void {
  new Lookout(name, null, recorder).look('its log', log);
  if (auditLog === null || !existsSync(auditLog)) return;
  const lines = readFileSync(auditLog, 'utf8').split('\n');
  // Behind the end of the last line; where there is something, it was cut short.
  if (lines.at(-1) === '') lines.pop();
  for (const text of lines) recorder.record({ type: 'audit', replica: name, text });
}
