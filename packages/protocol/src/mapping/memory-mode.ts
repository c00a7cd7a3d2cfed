import type { MemoryMode } from '@threadstore/core';
import { MemoryMode as WireMemoryMode } from '../gen/threadstore/v1/thread_pb.ts';
import { invalidRequest } from './fault.ts';
import { known, type Known } from './known.ts';

const toWire: Readonly<Record<MemoryMode, WireMemoryMode>> = {
  enabled: WireMemoryMode.ENABLED,
  disabled: WireMemoryMode.DISABLED,
};

const fromWire: Readonly<Record<Known<typeof WireMemoryMode>, MemoryMode>> = {
  [WireMemoryMode.ENABLED]: 'enabled',
  [WireMemoryMode.DISABLED]: 'disabled',
};

export function memoryModeToWire(mode: MemoryMode): WireMemoryMode {
  return toWire[mode];
}

export function memoryModeFromRequest(mode: WireMemoryMode, field: string): MemoryMode {
  const value = known(fromWire, mode);
  if (value === undefined) throw invalidRequest(field, `not a memory mode (got ${mode})`);
  return value;
}

/** A mode that a newer service added is taken for `disabled`: a thread that may not be remembered is not. Absent is the default. */
export function memoryModeFromResponse(mode: WireMemoryMode): MemoryMode {
  return mode === WireMemoryMode.UNSPECIFIED ? 'enabled' : (known(fromWire, mode) ?? 'disabled');
}
