import { stateOf, waitFor } from '@threadstore/testkit';
import { type Fault, servingReplica } from './fault.ts';

/** F2. */
export const serverFreeze: Fault = {
  title: 'a replica is stopped by SIGSTOP and goes on',
  lastsMs: [500, 8_000],
  inject: async (scene, at) => {
    const victim = await servingReplica(scene, at);
    const { pid = 0 } = victim;
    victim.freeze();
    return {
      probe: () => waitFor(() => ['T', 't'].includes(stateOf(pid) ?? '')),
      heal: () => victim.thaw(),
    };
  },
};

/** F24. */
export const serverRestart: Fault = {
  title: 'a replica is ended by SIGTERM and started again',
  lastsMs: [0, 500],
  inject: async (scene, at) => {
    const victim = await servingReplica(scene, at);
    const end = await victim.stop();
    return {
      probe: () => end?.code === 0,
      heal: () => victim.start(),
    };
  },
};
