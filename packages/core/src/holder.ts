import { hostname } from 'node:os';
import { pid } from 'node:process';

/** The label that a lease gets when its taker gives none. */
export function defaultHolder(): string {
  return `${hostname()}:${pid}`;
}
