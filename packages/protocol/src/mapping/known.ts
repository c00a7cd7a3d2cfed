/** The numbers that a generated enum defines, apart from UNSPECIFIED. A table over them fails to compile when the enum grows. */
export type Known<Values extends Readonly<Record<string, number>>> = Exclude<Values[keyof Values], 0>;

/** The entry of a wire enum's number, or undefined for UNSPECIFIED and for numbers that the enum does not define. */
export function known<K extends number, V>(table: Readonly<Record<K, V>>, value: number): V | undefined {
  return Object.hasOwn(table, value) ? table[value as K] : undefined;
}
