import { nobody } from '../auth/principal.ts';
import type { CallEnd, CallObserver } from '../rpc/call-observer.ts';
import type { CallRecord } from '../rpc/call-record.ts';
import type { AuditRule } from './audited-calls.ts';

/** One line of the audit log: who did what, to which thread, from where, and what came of it. Nothing of what was said. */
export interface AuditEntry {
  /** When the call ended, RFC 3339. */
  readonly time: string;
  /** Absent where nobody knows who called. */
  readonly tenant?: string;
  readonly subject?: string;
  /** The method with its service. */
  readonly rpc: string;
  readonly threadId?: string;
  readonly takeover?: true;
  /** The gRPC status, and the reason of a refusal. */
  readonly code: string;
  readonly reason?: string;
  /** Address of the other side: a proxy's, behind one. */
  readonly peer: string;
  readonly requestId: string;
}

const denials: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'PERMISSION_DENIED']);

/** Writes an entry for each call of the service that the rules, by method, say. */
export function auditObserver(
  service: string,
  rules: Readonly<Record<string, AuditRule>>,
  write: (entry: AuditEntry) => void,
): CallObserver {
  const byRpc = new Map(Object.entries(rules).map(([name, rule]) => [name.replace(/^./, upperCase), rule]));
  const isAudited = ({ rpc, isOwn, takeover, principal }: CallRecord, { code }: CallEnd): boolean => {
    if (!isOwn) return false;
    // Nobody did anything. Denials are few: too many failures are refused as such.
    if (principal === nobody) return denials.has(code);
    const rule = byRpc.get(rpc) ?? 'always';
    return denials.has(code) || rule === 'always' || (rule === 'takeovers' && takeover === true);
  };
  return {
    ended(record, end) {
      if (isAudited(record, end)) write(entryOf(service, record, end));
    },
  };
}

function upperCase(letter: string): string {
  return letter.toUpperCase();
}

function entryOf(service: string, record: CallRecord, { code }: CallEnd): AuditEntry {
  const { principal, rpc, threadId, takeover, reason, peer, requestId } = record;
  return {
    time: new Date().toISOString(),
    // Who shows no credentials, or wrong ones, is of no tenant.
    ...(principal !== nobody && { tenant: principal.tenant, subject: principal.subject }),
    rpc: `${service}/${rpc}`,
    ...(threadId !== undefined && { threadId }),
    ...(takeover === true && { takeover }),
    code,
    ...(reason !== undefined && { reason }),
    peer,
    requestId,
  };
}
