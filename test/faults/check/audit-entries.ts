import { errorOutcomes } from '@threadstore/core';
import { allCalls, type Call } from '../history/calls.ts';
import type { Facts } from '../history/facts.ts';
import type { Operation } from '../history/operations.ts';
import { canariesIn } from '../history/tenants.ts';

/** A line of an audit log. */
export interface AuditEntry {
  readonly replica: string;
  /** On the clock of the history. */
  readonly at: number;
  /** Whose call it was, of which method and about which thread. */
  readonly key: string;
  /** `OK`, or why the call was refused or failed. */
  readonly outcome: string;
}

/** A call that the service audits. */
export interface AuditedCall extends Pick<Call, 'call' | 'at' | 'endedAt' | 'outcome'> {
  readonly key: string;
  readonly thread: string;
  /** That its line has to say; undefined where nobody knows whether it has one. */
  readonly told: string | undefined;
}

const service = 'threadstore.v1.ThreadStoreService/';

/** The audited methods among those that the operations call. Writers take threads from others: this is audited, what they write is not. */
const rpcs = {
  create: null,
  resume: 'ResumeThread',
  fork: null,
  append: null,
  readAll: null,
  readRange: null,
  readMetadata: null,
  patch: 'UpdateThreadMetadata',
  touch: 'UpdateThreadMetadata',
  archive: 'ArchiveThread',
  unarchive: 'UnarchiveThread',
  delete: 'DeleteThread',
  walk: null,
  probe: null,
} as const satisfies Record<Operation, string | null>;

const rpcsOfProbes: Readonly<Record<string, string>> = {
  resumeThread: 'ResumeThread',
  updateThreadMetadata: 'UpdateThreadMetadata',
  archiveThread: 'ArchiveThread',
  unarchiveThread: 'UnarchiveThread',
  deleteThread: 'DeleteThread',
  discardThread: 'DiscardThread',
};

/** Refusals that nothing but a store gives, so that the call has been with one. */
const refusals: readonly string[] = [
  'THREAD_NOT_FOUND',
  'THREAD_DELETED',
  'THREAD_ARCHIVED',
  'FENCED',
  'WRITER_RELEASED',
];

const shapes: Readonly<Record<string, RegExp>> = {
  time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
  tenant: /^[a-z]+$/,
  subject: /^token [0-9a-z]+$/,
  rpc: /^threadstore\.v1\.ThreadStoreService\/[A-Za-z]+$/,
  threadId: /^[\w -]{1,36}$/,
  takeover: /^true$/,
  code: /^[A-Z_]+$/,
  reason: new RegExp(`^(${Object.keys(errorOutcomes).join('|')})$`),
  peer: /^[\d.]+:\d+$/,
  requestId: /^[0-9a-f-]{36}$/,
};

/** The calls of a run that are audited, in the order of their invocations. */
export function auditedCalls({ calls, clients }: Facts): readonly AuditedCall[] {
  const tenants = new Map(clients.map(({ client, tenant }) => [client, tenant]));
  return allCalls(calls)
    .flatMap((call): AuditedCall[] => {
      const rpc = call.f === 'probe' ? (rpcsOfProbes[call.method] ?? null) : rpcs[call.f];
      if (rpc === null) return [];
      const thread = call.f === 'probe' ? call.id : call.thread;
      const { at, endedAt, outcome } = call;
      const key = `${tenants.get(call.client)} ${rpc} ${thread}`;
      return [{ call: call.call, at, endedAt, outcome, key, thread, told: toldOf(call) }];
    })
    .toSorted((a, b) => a.at - b.at);
}

function toldOf(call: Call): string | undefined {
  const reason = (call.f === 'probe' ? call.answer?.reason : call.reason) ?? undefined;
  if (call.outcome === 'ok' && reason === undefined) return 'OK';
  return reason !== undefined && refusals.includes(reason) ? reason : undefined;
}

/** What a line is: an entry, or one that was cut short; or what is wrong with it. */
export type ReadLine = AuditEntry | 'cut short' | { readonly wrong: string };

/** Reads the lines of all replicas. The clock of the machine's calendar says when they were written. */
export function readAuditLines({ audits, clocks }: Facts): readonly ReadLine[] {
  const offset = (clocks[0]?.at ?? 0) - (clocks[0]?.wallMs ?? 0);
  return audits.map(({ replica, text }) => {
    const fields = fieldsOf(text);
    if (fields === undefined) return 'cut short';
    const odd = Object.keys(fields).filter((name) => shapes[name]?.test(String(fields[name])) !== true);
    if (odd.length > 0) return { wrong: `${replica}: a line has what does not belong there: ${odd.join(', ')}` };
    if (canariesIn(text).length > 0) return { wrong: `${replica}: a line has what somebody stored` };
    const rpc = String(fields['rpc']).slice(service.length);
    return {
      replica,
      at: Date.parse(String(fields['time'])) + offset,
      key: `${String(fields['tenant'])} ${rpc} ${String(fields['threadId'])}`,
      outcome: String(fields['reason'] ?? fields['code']),
    };
  });
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
