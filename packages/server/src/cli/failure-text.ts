import { ThreadStoreError } from '@threadstore/core';
import { CliError } from './cli-error.ts';

/** An error as one line for people. Stacks and causes are not for them. */
export function failureText(error: unknown): string {
  if (error instanceof CliError || error instanceof ThreadStoreError) return oneLine(error.message);
  const fault = fileFault(error);
  if (fault !== undefined) return oneLine(fault.path === undefined ? fault.text : `${fault.path}: ${fault.text}`);
  return error instanceof Error ? oneLine(error.message) : 'failed for an unknown reason';
}

const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
  ENOTDIR: 'is not a directory',
  ENOSPC: 'no space left on the device',
  EROFS: 'is on a read-only file system',
};

/** What the file system said, without the name of the call that said it, and of which file. */
export function fileFault(error: unknown): { readonly text: string; readonly path: string | undefined } | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const text = systemErrors[error.code];
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined;
  return text === undefined ? undefined : { text, path };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, ' ');
}
