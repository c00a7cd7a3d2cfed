import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Lease } from '@threadstore/core';
import type * as wire from '../gen/threadstore/v1/thread_pb.ts';
import type { AllFields } from './fields.ts';
import { answeredTime, timeToWire } from './time.ts';

export function leaseToWire(lease: Lease): MessageInitShape<typeof wire.LeaseSchema> {
  return {
    holder: lease.holder,
    since: timeToWire(lease.since, 'lease.since'),
    until: timeToWire(lease.until, 'lease.until'),
  } satisfies AllFields<typeof wire.LeaseSchema>;
}

export function leaseFromWire(lease: wire.Lease): Lease {
  return {
    holder: lease.holder,
    since: answeredTime(lease.since, 'lease.since'),
    until: answeredTime(lease.until, 'lease.until'),
  };
}
