import { anyone } from '../auth/principal.ts';
import type { Logger } from '../log.ts';
import type { CallRecord } from './call-record.ts';

const windowMs = 1_000;
/** Those that were refused most. */
const tenantsMax = 10;

/**
 * One line a second, at most, of the calls that were refused because there were too many: a line of each would be a load of its own. The
 * last second before the end of the process may have none.
 */
export class OverloadLog {
  readonly #logger: Logger;
  #isOpen = false;
  #calls = 0;
  readonly #tenants = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether it is the first one after a pause, which should have a line of its own. Else it is counted. */
  isFirst({ principal }: CallRecord): boolean {
    if (!this.#isOpen) {
      this.#open();
      return true;
    }
    this.#calls += 1;
    if (principal !== anyone) this.#tenants.set(principal.tenant, (this.#tenants.get(principal.tenant) ?? 0) + 1);
    return false;
  }

  #open(): void {
    this.#isOpen = true;
    setTimeout(() => this.#close(), windowMs).unref();
  }

  #close(): void {
    this.#isOpen = false;
    if (this.#calls === 0) return;
    const tenants = [...this.#tenants].sort(([, a], [, b]) => b - a).slice(0, tenantsMax);
    const of = tenants.length === 0 ? {} : { tenants: Object.fromEntries(tenants) };
    this.#logger.warn({ reason: 'OVERLOADED', calls: this.#calls, ...of }, 'calls refused');
    this.#calls = 0;
    this.#tenants.clear();
    this.#open();
  }
}
