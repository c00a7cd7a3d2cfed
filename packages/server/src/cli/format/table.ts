import Table from 'cli-table3';
import { visibleText } from './visible-text.ts';

export interface Column {
  readonly title: string;
  /** How narrow it may become when the terminal is; a column without one is never cut. */
  readonly min?: number;
  /** It is left out where even its narrowest form does not fit. */
  readonly optional?: boolean;
  readonly align?: 'left' | 'right';
}

const gap = 2;

/**
 * A table without lines, its cells escaped and cut so that a row takes one line of the given width. Columns on the left are cut
 * before those on the right, and optional ones are left out, from the right, before the row gets too wide.
 */
export function tableText(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const texts = rows.map((row) => columns.map((_, index) => visibleText(row[index] ?? '')));
  const shown = fittingColumns(columns, texts, width);
  const table = new Table({
    head: shown.map(({ column }) => column.title),
    colWidths: shown.map((one) => one.width + gap),
    colAligns: shown.map(({ column }) => column.align ?? 'left'),
    chars: noLines,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': gap },
  });
  // The table would cut, too: a unit at a time, measuring all that is left after each, and through the middle of characters.
  table.push(...texts.map((row) => shown.map((one) => cut(row[one.index] ?? '', one.width))));
  const lines = table.toString().split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

interface ShownColumn {
  readonly column: Column;
  readonly index: number;
  width: number;
}

function fittingColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly ShownColumn[] {
  let shown: readonly ShownColumn[] = columns.map((column, index) => ({
    column,
    index,
    width: rows.reduce((widest, row) => {
      const enough = column.min === undefined ? Number.POSITIVE_INFINITY : Math.max(width, column.min);
      return Math.max(widest, displayWidth(row[index] ?? '', enough));
    }, column.title.length),
  }));
  const excess = (widthOf: (one: ShownColumn) => number): number =>
    shown.reduce((sum, one) => sum + widthOf(one) + gap, -gap) - width;
  const narrowest = (one: ShownColumn): number => Math.min(one.width, one.column.min ?? one.width);
  while (excess(narrowest) > 0) {
    const dropped = shown.findLast(({ column }) => column.optional === true);
    if (dropped === undefined) break;
    shown = shown.filter((one) => one !== dropped);
  }
  for (const one of shown) {
    const over = excess((other) => other.width);
    one.width = Math.max(narrowest(one), one.width - Math.max(0, over));
  }
  return shown;
}

/** Names and values, one a line. Nothing is cut: a long value takes the lines that it takes. */
export function factsText(facts: readonly (readonly [string, string])[]): string {
  const widest = Math.max(0, ...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(widest)}  ${visibleText(value)}\n`).join('');
}

const segmenter = new Intl.Segmenter();

/** Columns that a text takes, as far as they are of interest: the text may be long. */
function displayWidth(text: string, enough: number): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += characterWidth(segment);
    if (width >= enough) break;
  }
  return width;
}

/** The text, or as much of it as leaves room for the mark of a cut. */
function cut(text: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const { segment, index } of segmenter.segment(text)) {
    used += characterWidth(segment);
    if (used > width) return `${text.slice(0, end)}…`;
    // Up to here there is room for the mark.
    if (used < width) end = index + segment.length;
  }
  return text;
}

/** Longer than any emoji: UTF-16 units of a character that stands for one and not for a pile of marks. */
const characterLength = 16;

/** Two columns for emoji and East Asian wide characters, one for others, with the marks that combine with them. */
function characterWidth(segment: string): number {
  if (segment.length > characterLength) return segment.length;
  return /\p{Emoji_Presentation}|\p{sc=Han}|\p{sc=Hira}|\p{sc=Kana}|\p{sc=Hang}|[\u3000-\u303F\uFF00-\uFF60]/u.test(
    segment,
  )
    ? 2
    : 1;
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
