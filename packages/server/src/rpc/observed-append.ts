import { ThreadStoreError } from '@threadstore/core';
import type { AppendEnd } from './call-observer.ts';

/** Does an append, and tells what became of it. */
export async function observedAppend<T extends { readonly duplicate: boolean }>(
  size: Pick<AppendEnd, 'items' | 'bytes'>,
  onAppended: (append: AppendEnd) => void,
  append: () => Promise<T>,
): Promise<T> {
  try {
    const result = await append();
    onAppended({ ...size, outcome: result.duplicate ? 'duplicate' : 'stored' });
    return result;
  } catch (error) {
    onAppended({ ...size, outcome: error instanceof ThreadStoreError ? error.reason : 'INTERNAL' });
    throw error;
  }
}
