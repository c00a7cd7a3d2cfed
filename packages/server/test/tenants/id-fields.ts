import { create, ScalarType, type DescField, type DescMessage, type Message } from '@bufbuild/protobuf';
import { reflect, type ReflectMessage } from '@bufbuild/protobuf/reflect';

/** What a field says, where that may be something of a tenant. */
export type Kind = 'thread' | 'epoch' | 'turn' | 'cursor' | 'operation' | 'text' | 'word';

const kinds: Readonly<Record<string, Kind>> = {
  thread_id: 'thread',
  source_thread_id: 'thread',
  parent_thread_id: 'thread',
  forked_from_id: 'thread',
  direct_children_of: 'thread',
  descendants_of: 'thread',
  forks_of: 'thread',
  session_id: 'text',
  originator: 'text',
  allowed_sources: 'text',
  model_providers: 'text',
  values: 'text',
  epoch: 'epoch',
  expected_epoch: 'epoch',
  before_turn: 'turn',
  through_turn: 'turn',
  turn_id: 'turn',
  page_token: 'cursor',
  external_operation_id: 'operation',
  search_term: 'word',
};

/** What says nothing of anybody: what to store, and how to answer. */
const others: ReadonlySet<string> = new Set(
  (
    'holder sequence items metadata patch page_size sort_key sort_direction archived include_archived ' +
    'include_tool_output items_view takeover from_ordinal until_ordinal before_ordinal before_user_message'
  ).split(' '),
);

/** A field of a request that says something of a tenant, and the way to it. */
export interface IdField {
  readonly name: string;
  readonly kind: Kind;
  readonly path: readonly DescField[];
}

/** All of a request. Throws for a field that is not known here: somebody has to say what it is. */
export function idFields(message: DescMessage, way: readonly DescField[] = []): readonly IdField[] {
  return message.fields.flatMap((field): readonly IdField[] => {
    if (others.has(field.name)) return [];
    const path = [...way, field];
    const kind = kinds[field.name];
    const name = path.map((one) => one.name).join('.');
    if (kind !== undefined) return [{ name, kind, path }];
    if (field.message === undefined) throw new Error(`${message.typeName}.${field.name}: of which kind is it?`);
    return idFields(field.message, path);
  });
}

/** Sets a field of a message, of a list its only element. */
export function setField(desc: DescMessage, message: Message, { path }: IdField, value: string | bigint): void {
  let at: ReflectMessage = reflect(desc, message);
  for (const field of path.slice(0, -1)) at = inner(at, field);
  const field = path.at(-1);
  if (field?.fieldKind === 'list') {
    const list = at.get(field);
    list.clear();
    list.add(value);
  } else if (field?.fieldKind === 'scalar') {
    at.set(field, field.scalar === ScalarType.UINT64 ? BigInt(value) : String(value));
  } else throw new TypeError('neither a value nor a list of them');
}

function inner(at: ReflectMessage, field: DescField): ReflectMessage {
  if (field.fieldKind === 'message') {
    if (!at.isSet(field)) at.set(field, reflect(field.message, create(field.message)));
    return at.get(field);
  }
  if (field.fieldKind !== 'list' || field.listKind !== 'message') throw new TypeError('no message');
  const first = at.get(field).get(0);
  if (first === undefined) throw new TypeError(`${field.name}: the sample has none`);
  return first as ReflectMessage;
}
