import type { Gate } from '../rpc/gate.ts';
import type { Principal } from './principal.ts';

/** Takes every caller for the same: for a listener that another wall stands before. */
export function fixedPrincipal(principal: Principal): Gate {
  return {
    authenticates: true,
    enter: ({ record }) => {
      record.principal = principal;
    },
  };
}
