import type { Gate } from '../../src/rpc/gate.ts';

/** Takes the tenant from the metadata, as a test of who waits for whom needs it. */
export const byHeader: Gate = {
  enter({ record, metadata }) {
    const [tenant] = metadata.get('x-tenant');
    record.principal = { ...record.principal, tenant: String(tenant ?? 'default') };
  },
};
