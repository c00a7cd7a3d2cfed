import type { Facts } from '../history/facts.ts';
import type { Rule, Violation } from './rule.ts';
import { agreement } from './rules/agreement.ts';
import { atomicBatch } from './rules/atomic-batch.ts';
import { audit } from './rules/audit.ts';
import { bounds } from './rules/bounds.ts';
import { codes } from './rules/codes.ts';
import { contiguity } from './rules/contiguity.ts';
import { deletion } from './rules/deletion.ts';
import { exactBytes } from './rules/exact-bytes.ts';
import { fencing } from './rules/fencing.ts';
import { forkPrefix } from './rules/fork-prefix.ts';
import { grantOrder } from './rules/grant-order.ts';
import { identity } from './rules/identity.ts';
import { inTime } from './rules/in-time.ts';
import { listing } from './rules/listing.ts';
import { metadata } from './rules/metadata.ts';
import { monotonicReads } from './rules/monotonic-reads.ts';
import { noDuplicate } from './rules/no-duplicate.ts';
import { noLoss } from './rules/no-loss.ts';
import { noPhantom } from './rules/no-phantom.ts';
import { readYourWrites } from './rules/read-your-writes.ts';
import { realTime } from './rules/real-time.ts';
import { replay } from './rules/replay.ts';
import { replicated } from './rules/replicated.ts';
import { tenantsApart } from './rules/tenants-apart.ts';

const rules: readonly Rule[] = [
  agreement,
  contiguity,
  noLoss,
  noDuplicate,
  noPhantom,
  atomicBatch,
  realTime,
  readYourWrites,
  monotonicReads,
  fencing,
  grantOrder,
  replay,
  identity,
  metadata,
  forkPrefix,
  deletion,
  tenantsApart,
  listing,
  bounds,
  codes,
  inTime,
  replicated,
  audit,
  exactBytes,
];

/** A rule's judgement of a run. */
export interface Judgement {
  readonly rule: string;
  readonly promise: string;
  readonly violations: number;
  /** The first of them. */
  readonly examples: readonly Violation[];
}

const examplesMax = 20;

/** Judges a run by every rule. */
export function judge(facts: Facts): readonly Judgement[] {
  return rules.map((rule) => {
    const examples: Violation[] = [];
    let violations = 0;
    for (const violation of rule.violations(facts)) {
      violations += 1;
      if (examples.length < examplesMax) examples.push(violation);
    }
    return { rule: rule.id, promise: rule.promise, violations, examples };
  });
}
