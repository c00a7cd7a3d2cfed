import { checkItem } from '../checks/item.ts';
import { invalidField } from '../error-factories.ts';
import type { Limits } from '../limits.ts';
import type { PersistencePolicy } from '../policy/persistence-policy.ts';
import type { Fields } from '../turn-index/event-fields.ts';
import type { LineBatch } from './append-line.ts';

/** An item to be appended: the exact JSON text to store, or an object to write as JSON. */
export type LiveItem = string | { readonly type: string; readonly [member: string]: unknown };

/** What the policy keeps of the items. Throws for an item that is none, before anything is sent. */
export function keptItems(items: readonly LiveItem[], policy: PersistencePolicy, limits: Limits): LineBatch {
  if (!Array.isArray(items)) throw invalidField('items', 'must be an array of items');
  const texts: string[] = [];
  const values: Fields[] = [];
  for (const [index, item] of items.entries()) {
    const field = `items[${index}]`;
    const json = textOf(item, field);
    const value = checkItem(json, field, limits);
    const text = policy.kept({ json, value });
    if (text === null) continue;
    texts.push(text);
    // What a policy has taken out must not come back as metadata.
    values.push(text === json ? value : checkItem(text, field, limits));
  }
  return { items: texts, values };
}

function textOf(item: unknown, field: string): string {
  if (typeof item === 'string') return item;
  let text: string | undefined;
  try {
    text = JSON.stringify(item);
  } catch (error) {
    // A ring, or a bigint. The engine's own message quotes nothing of the values.
    throw invalidField(
      field,
      error instanceof Error ? `can't be written as JSON (${error.name})` : "can't be written as JSON",
    );
  }
  if (text === undefined) throw invalidField(field, 'must be an object, or the JSON text of one');
  return text;
}
