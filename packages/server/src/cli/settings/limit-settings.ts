import { defaultLimits, type Limits } from '@threadstore/core';
import { usageError } from '../cli-error.ts';
import { bytes, bytesText, integer } from './readers.ts';
import { setting, type Resolved, type Setting } from './setting.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

interface LimitText {
  readonly help: string;
  readonly max: number;
}

/**
 * What each limit says, and how far it may be raised: as far as the parts below bear it. An append is one message, held in memory
 * whole, and so is a page; nesting beyond 1,000 overflows the stack of readers elsewhere.
 */
const texts: Readonly<Record<keyof Limits, LimitText>> = {
  itemBytesMax: { help: 'bytes of one item', max: 128 * MiB },
  appendBytesMax: { help: 'bytes of all items of one append', max: 128 * MiB },
  batchItemsMax: { help: 'items of one append', max: 100_000 },
  jsonDepthMax: { help: 'nesting of an item', max: 1_000 },
  nameBytesMax: { help: "bytes of a thread's name", max: MiB },
  metadataValueBytesMax: { help: 'bytes of any other metadata value', max: MiB },
  holderBytesMax: { help: "bytes of the label of a lease's holder", max: 64 * KiB },
  operationIdBytesMax: { help: 'bytes of the operation id of an external append', max: 1_024 },
  writersMax: { help: 'writers whose leases are renewed at once', max: 10_000 },
  pageSizeMax: { help: 'threads, turns or items of one page', max: 10_000 },
  pageSizeDefault: { help: 'threads, turns or items of a page whose size is not given', max: 10_000 },
  pageBytesMax: { help: 'bytes of the items of one page; it ends before it has more', max: 16 * MiB },
  turnBytesMax: { help: 'bytes of the items of one turn that comes with all of them', max: 128 * MiB },
  filterValuesMax: { help: 'values of one list filter', max: 10_000 },
  searchTermBytesMax: { help: 'bytes of a search term', max: 64 * KiB },
  cursorBytesMax: { help: 'bytes of a cursor', max: 64 * KiB },
};

type LimitSettings = Readonly<Record<keyof Limits, Setting<number>>>;

/** A setting for each member of `Limits`: `--item-bytes-max`, `THREADSTORE_ITEM_BYTES_MAX` and so on. */
export const limitSettings = Object.fromEntries(
  limitNames().map((name): [keyof Limits, Setting<number>] => {
    const { help, max } = texts[name];
    const counted = name.includes('Bytes');
    const definition = {
      flag: `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      placeholder: counted ? '<bytes>' : '<count>',
      help,
      read: counted ? bytes(1, max) : integer(1, max),
      group: 'Limits:',
    };
    return [name, setting(definition, counted ? bytesText(defaultLimits[name]) : String(defaultLimits[name]))];
  }),
) as LimitSettings;

/** The limits that the settings say, and the default ones for the rest. Refuses what contradicts itself. */
export function limitsOf(resolved: Readonly<Partial<Record<keyof Limits, Resolved<number>>>>): Limits {
  atMost(resolved.itemBytesMax, resolved.appendBytesMax);
  atMost(resolved.pageSizeDefault, resolved.pageSizeMax);
  const given = limitNames().map((name) => [name, resolved[name]?.value ?? defaultLimits[name]]);
  return Object.fromEntries(given) as Limits;
}

function atMost(smaller: Resolved<number> | undefined, larger: Resolved<number> | undefined): void {
  if (smaller === undefined || larger === undefined) return;
  if (smaller.value <= larger.value) return;
  // Blame what the caller set, not a default.
  const [blamed, other] = smaller.origin === 'default' ? [larger, smaller] : [smaller, larger];
  const relation = blamed === smaller ? 'more' : 'less';
  throw usageError(
    `${blamed.name}: ${relation} than ${other.name} (got ${blamed.value}, ${other.name} is ${other.value})`,
  );
}

function limitNames(): readonly (keyof Limits)[] {
  return Object.keys(texts) as (keyof Limits)[];
}
