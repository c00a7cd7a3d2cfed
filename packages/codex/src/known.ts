/** What a table of all values of an enum has for one from the wire, which may be a number of no release. */
export function known<V>(table: Readonly<Record<number, V>>, value: number): V | undefined {
  return Object.hasOwn(table, value) ? table[value] : undefined;
}
