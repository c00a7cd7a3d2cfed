import { asObject, objectMember, textMember } from '../import/json-members.ts';

/** An item by its kind; what it says is not shown. */
export interface ItemKind {
  readonly ordinal: bigint;
  readonly type: string;
  readonly payloadType: string | null;
  readonly bytes: number;
}

export function itemKind(ordinal: bigint, item: string): ItemKind {
  const parsed = asObject(JSON.parse(item));
  return {
    ordinal,
    type: textMember(parsed, 'type') ?? '',
    payloadType: textMember(objectMember(parsed, 'payload'), 'type') ?? null,
    bytes: Buffer.byteLength(item),
  };
}

export function kindText({ type, payloadType }: ItemKind): string {
  return payloadType === null ? type : `${type} / ${payloadType}`;
}
