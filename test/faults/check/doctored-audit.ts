import type { AuditLine, HistoryLine } from '../history/lines.ts';
import type { Operation } from '../history/operations.ts';

/** The calendar's time when the clock of doctored histories says 0. */
const zero = Date.parse('2026-01-31T12:00:00.000Z');

export const clock: HistoryLine = { type: 'clock', at: 0, wallMs: zero };

const rpcs: Readonly<Partial<Record<Operation, string>>> = {
  resume: 'ResumeThread',
  patch: 'UpdateThreadMetadata',
  touch: 'UpdateThreadMetadata',
  archive: 'ArchiveThread',
  unarchive: 'UnarchiveThread',
  delete: 'DeleteThread',
};

/** A line of an audit log; of a call that an intruder made, or another. */
export function auditLine(rpc: string, threadId: string, at: number, reason?: string, tenant = 'owner'): AuditLine {
  const text = JSON.stringify({
    time: new Date(zero + at).toISOString(),
    tenant,
    subject: 'token 0a1b',
    rpc: `threadstore.v1.ThreadStoreService/${rpc}`,
    threadId,
    ...(rpc === 'ResumeThread' && { takeover: true }),
    code: reason === undefined ? 'OK' : 'NOT_FOUND',
    ...(reason !== undefined && { reason }),
    peer: '127.0.0.1:50000',
    requestId: '0b0f2c1e-6f0e-4c7e-9b3a-0a5e8f6d7c11',
  });
  return { type: 'audit', replica: 'replica-1', text };
}

/** What the audit log has of a call that was answered at a time, with the reason of its refusal if it was refused. */
export function auditOf(f: Operation, thread: string, at: number, reason?: string): readonly AuditLine[] {
  const rpc = rpcs[f];
  return rpc === undefined ? [] : [auditLine(rpc, thread, at, reason)];
}
