import type { HistoryBatch } from '@threadstore/core';
import { historyBatchBytes, threadDeleted } from '@threadstore/core/internal';
import { prepared, type Row, type RunQuery } from '../database.ts';
import { integer, text, textOrNull } from '../row.ts';
import type { ThreadKey } from '../thread-key.ts';

/** All items of a range, but for texts that are too long. */
export const rangeStatement = prepared(`
  select case when octet_length(body) <= $5 then body end as body
  from threadstore.items
  where tenant = $1 and thread_id = $2 and ordinal >= $3 and ordinal < $4
  order by ordinal`);

/** As many items of a range as fit into a batch, or one that is larger. */
const fittingStatement = prepared(`
  select ordinal, body
  from (
    select ordinal, body, sum(octet_length(body)) over (order by ordinal rows unbounded preceding) as bytes
    from threadstore.items
    where tenant = $1 and thread_id = $2 and ordinal >= $3 and ordinal < $4
  ) as items
  where bytes <= $5 or ordinal = $3
  order by ordinal`);

const rowsAtFirst = 256;
const rowsMax = 4_096;
/** Of a page at most, however the sizes of items change: as much as one item may have. */
const pageBytesMax = 8 * 1024 * 1024;
/**
 * What is kept of a page at most, for a reader who may stop. A page of two batches is a sixth faster than one of one, and one of four
 * is hardly faster than that.
 */
const keptBytesMax = 2 * historyBatchBytes;
/** What a page is made to hold, so that it is not cut for items that are a little longer than those before. */
const pageBytes = 0.95 * keptBytesMax;

/**
 * Reads the items of a thread from one ordinal to another, in batches of 256 KiB at most, or of one item that is larger. Each page
 * is a statement by key, and nothing is held in between: items are never changed, so the batches together are one snapshot, and
 * a gap means that the thread was deleted.
 *
 * How many rows a page has follows from the sizes in the page before, and the server is not made to add them up: a running sum, with
 * rows that are looked at in vain, costs it twice as much (3.2 us an item of 800 bytes, against 2.0; all items in one statement
 * 1.5). Instead a page leaves out texts that are so long that so many could not be held, and at such a text the sum is used, once.
 */
export class HistoryReader {
  readonly #key: ThreadKey;
  readonly #until: bigint;
  #next: bigint;
  /** What was read and not given, from `#next` on. */
  #page: readonly SizedText[] = [];
  #rows = rowsAtFirst;
  #meetsLongText = false;

  constructor(key: ThreadKey, from: bigint, until: bigint) {
    this.#key = key;
    this.#next = from;
    this.#until = until;
  }

  /** The next batch, or null at the end. */
  async next(query: RunQuery): Promise<HistoryBatch | null> {
    if (this.#next >= this.#until) return null;
    while (this.#page.length === 0) {
      this.#page = await (this.#meetsLongText ? this.#readFitting(query) : this.#readRange(query));
    }
    const items = this.#page.slice(0, fittingCount(this.#page)).map(({ body }) => body);
    const firstOrdinal = this.#next;
    this.#page = this.#page.slice(items.length);
    this.#next += BigInt(items.length);
    return { firstOrdinal, items, untilOrdinal: this.#until };
  }

  /** Up to the first text that is too long, which may leave nothing. */
  async #readRange(query: RunQuery): Promise<readonly SizedText[]> {
    const longest = Math.floor(pageBytesMax / this.#rows);
    const rows = await this.#read(query, rangeStatement, longest);
    if (rows.length !== Number(this.#end() - this.#next)) throw threadDeleted(this.#key.threadId);
    this.#meetsLongText = false;
    const texts: SizedText[] = [];
    let total = 0;
    for (const row of rows) {
      const body = textOrNull(row, 'body');
      if (body === null) {
        this.#meetsLongText = true;
        break;
      }
      const sized = sizedText(body);
      if (total + sized.bytes > keptBytesMax && texts.length > 0) break;
      total += sized.bytes;
      texts.push(sized);
    }
    return this.#paced(texts, total);
  }

  async #readFitting(query: RunQuery): Promise<readonly SizedText[]> {
    const rows = await this.#read(query, fittingStatement, historyBatchBytes);
    // Ordinals have no gaps, so looking at both ends is enough.
    const [head] = rows;
    const last = rows.at(-1);
    const whole = head !== undefined && last !== undefined && integer(head, 'ordinal') === this.#next;
    if (!whole || integer(last, 'ordinal') !== this.#next + BigInt(rows.length) - 1n)
      throw threadDeleted(this.#key.threadId);
    this.#meetsLongText = false;
    const texts = rows.map((row) => sizedText(text(row, 'body')));
    return this.#paced(
      texts,
      texts.reduce((total, { bytes }) => total + bytes, 0),
    );
  }

  #read(query: RunQuery, statement: typeof rangeStatement, bytes: number): Promise<readonly Row[]> {
    const { tenant, threadId } = this.#key;
    return query(statement, [tenant, threadId, `${this.#next}`, `${this.#end()}`, `${bytes}`]);
  }

  /** Where the next page ends. */
  #end(): bigint {
    const end = this.#next + BigInt(this.#rows);
    return end < this.#until ? end : this.#until;
  }

  /** Makes the next page as long as it takes for items like these. */
  #paced(texts: readonly SizedText[], total: number): readonly SizedText[] {
    if (texts.length === 0) return texts;
    const fitting = Math.floor((pageBytes * texts.length) / total);
    this.#rows = Math.max(1, Math.min(fitting, 2 * texts.length + 1, rowsMax));
    return texts;
  }
}

/** How many texts from the first on go into one batch. */
function fittingCount(texts: readonly SizedText[]): number {
  let total = 0;
  for (const [index, { bytes }] of texts.entries()) {
    total += bytes;
    if (total > historyBatchBytes && index > 0) return index;
  }
  return texts.length;
}

/** A text and its bytes in UTF-8, which are counted once. */
interface SizedText {
  readonly body: string;
  readonly bytes: number;
}

function sizedText(body: string): SizedText {
  return { body, bytes: Buffer.byteLength(body) };
}
