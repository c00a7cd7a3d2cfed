import type { Resolved } from '../settings/setting.ts';

/** The largest page that a service gives unless it is configured otherwise. */
const pageSizeMax = 200;

interface PageRequest {
  readonly pageSize: number;
  readonly cursor: string | null;
}

/** What of a list is shown. */
interface Window {
  readonly limit: Resolved<number>;
  readonly cursor?: Resolved<string | null>;
}

/** The pages of a list, one after another: `limit` entries at most in all, or the whole list when it is 0. */
export async function* pages<Page extends { readonly nextCursor: string | null }>(
  { limit, cursor: from }: Window,
  read: (request: PageRequest) => Promise<Page>,
  entriesOf: (page: Page) => readonly unknown[],
): AsyncGenerator<Page> {
  let left = limit.value === 0 ? Number.POSITIVE_INFINITY : limit.value;
  let cursor = from?.value ?? null;
  do {
    const page = await read({ pageSize: Math.min(left, pageSizeMax), cursor });
    yield page;
    left -= entriesOf(page).length;
    cursor = page.nextCursor;
  } while (cursor !== null && left > 0);
}
