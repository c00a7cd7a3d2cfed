import type { StoredThread, ThreadMetadataPatch } from '@threadstore/core';
import type { Metadata, Register } from '../history/operations.ts';

const patches: Readonly<Record<Register, (value: string) => ThreadMetadataPatch>> = {
  name: (name) => ({ name }),
  title: (title) => ({ title }),
  preview: (preview) => ({ preview }),
  model: (model) => ({ model }),
  pair: (value) => ({ agentRole: value, agentPath: value }),
};

/** The patch that sets each of the registers to a value. */
export function patchOf(registers: readonly Register[], value: string): ThreadMetadataPatch {
  return Object.assign({}, ...registers.map((register) => patches[register](value))) as ThreadMetadataPatch;
}

/** What a thread that was read has in its registers. */
export function metadataOf(thread: StoredThread): Metadata {
  const { name, title, preview, model, agentRole, agentPath } = thread;
  return {
    nextOrdinal: Number(thread.nextOrdinal),
    registers: {
      name: name ?? '',
      title: title ?? '',
      preview,
      model: model ?? '',
      pair: agentRole === agentPath ? (agentRole ?? '') : `torn: ${agentRole} and ${agentPath}`,
    },
  };
}
