import type { AuditLine } from '../history/lines.ts';
import { canaryOf } from '../history/tenants.ts';
import { auditLine } from './doctored-audit.ts';
import type { Control } from './doctored-history.ts';
import { called } from './doctored-side.ts';

const isOf =
  (rpc: string, thread: string) =>
  ({ text }: AuditLine): boolean =>
    text.includes(`/${rpc}"`) && text.includes(`"threadId":"${thread}"`);
const isDeletion = isOf('DeleteThread', 'gone');
const isPatch = isOf('UpdateThreadMetadata', 'plain');

/** Histories in which the service lets tenants notice one another, or its audit log tells something else than happened, one rule each. */
export const ofServices: readonly Control[] = [
  {
    rule: 'R17',
    what: 'a tenant is shown what another stored',
    doctor: (run) =>
      run.add({
        type: 'canary',
        at: 345,
        client: 'i1',
        tenant: 'intruder',
        of: 'owner',
        where: 'listThreads',
      }),
  },
  {
    rule: 'R17',
    what: 'what an intruder stored is shown to others',
    doctor: (run) =>
      run.add({ type: 'canary', at: 345, client: 's1', tenant: 'owner', of: 'intruder', where: 'readThread' }),
  },
  {
    rule: 'R17',
    what: 'the log of a replica has what somebody stored',
    doctor: (run) =>
      run.add({ type: 'canary', at: 400, client: 'log of replica-1', tenant: null, of: 'owner', where: 'log' }),
  },
  {
    rule: 'R17',
    what: 'a foreign id is answered otherwise than one that does not exist',
    doctor: (run) => run.redo('probe', 'probe', { answer: { signature: 'not yours' } }),
  },
  {
    rule: 'R23',
    what: 'an acknowledged deletion has no line',
    doctor: (run) => run.audited((lines) => lines.filter((line) => !isDeletion(line))),
  },
  {
    rule: 'R23',
    what: 'two acknowledged patches have one line together',
    doctor: (run) => run.audited((lines) => lines.filter((line) => !isPatch(line) || line === lines.findLast(isPatch))),
  },
  {
    rule: 'R23',
    what: 'the line of an acknowledged deletion is of a time long after it',
    doctor: (run) =>
      run.audited((lines) => lines.map((line) => (isDeletion(line) ? auditLine('DeleteThread', 'gone', 5_000) : line))),
  },
  {
    rule: 'R23',
    what: 'the line of an acknowledged deletion says that it was refused',
    doctor: (run) =>
      run.audited((lines) =>
        lines.map((line) => (isDeletion(line) ? auditLine('DeleteThread', 'gone', 294, 'THREAD_DELETED') : line)),
      ),
  },
  {
    rule: 'R23',
    what: 'what an intruder was refused has no line',
    doctor: (run) =>
      run.audited((lines) => lines.filter(({ text }) => !text.includes('intruder') || !text.includes('plain'))),
  },
  {
    rule: 'R23',
    what: 'a refused takeover of a deleted thread has no line',
    doctor: (run) => {
      run.add(...called('resume', 'late', [300, 304], { thread: 'gone', epoch: 1 }, 'THREAD_DELETED'));
      run.audited((lines) => lines.filter((line) => !isOf('ResumeThread', 'gone')(line)));
    },
  },
  {
    rule: 'R23',
    what: 'a line is of a call that nobody made',
    doctor: (run) => run.add(auditLine('DeleteThread', 'stranger', 300)),
  },
  {
    rule: 'R23',
    what: 'a line is of a call that nobody had made yet',
    doctor: (run) => {
      run.add(...called('touch', 'later', [2_000, 2_004], { thread: 'kept' }, {}));
      run.add(auditLine('UpdateThreadMetadata', 'kept', 1_000));
    },
  },
  {
    rule: 'R23',
    what: 'a line says that a change was done which was refused with effect none',
    doctor: (run) => {
      run.add(...called('touch', 'refused', [400, 404], { thread: 'kept' }, 'BACKEND_UNAVAILABLE'));
      run.add(auditLine('UpdateThreadMetadata', 'kept', 402));
    },
  },
  {
    rule: 'R23',
    what: 'a line names another tenant than the one that called',
    doctor: (run) =>
      run.audited((lines) =>
        lines.map((line) => (isDeletion(line) ? auditLine('DeleteThread', 'gone', 294, undefined, 'intruder') : line)),
      ),
  },
  {
    rule: 'R23',
    what: 'a line has a field more than it should',
    doctor: (run) =>
      run.audited((lines) =>
        lines.map((line) => (isDeletion(line) ? { ...line, text: line.text.replace('}', ',"name":"x"}') } : line)),
      ),
  },
  {
    rule: 'R23',
    what: 'a line has what somebody stored',
    doctor: (run) =>
      run.audited((lines) =>
        lines.map((line) =>
          isDeletion(line) ? { ...line, text: line.text.replace('token 0a1b', canaryOf('owner')) } : line,
        ),
      ),
  },
  {
    rule: 'R23',
    what: 'a line is cut short, and no replica was killed',
    doctor: (run) => run.add({ type: 'audit', replica: 'replica-1', text: '{"time":"2026-01' }),
  },
];
