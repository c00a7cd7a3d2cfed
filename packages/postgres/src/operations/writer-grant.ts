import type { WriterGrant } from '@threadstore/core';
import type { Row } from '../database.ts';
import { integer, text, time } from '../row.ts';
import type { ThreadKey } from '../thread-key.ts';

/** The grant of a row that has `writer_epoch`, `next_ordinal` and `leaseColumns`. */
export function writerGrant({ threadId }: ThreadKey, row: Row): WriterGrant {
  return {
    threadId,
    epoch: integer(row, 'writer_epoch'),
    nextOrdinal: integer(row, 'next_ordinal'),
    lease: { holder: text(row, 'lease_holder'), since: time(row, 'lease_since'), until: time(row, 'lease_until') },
  };
}
