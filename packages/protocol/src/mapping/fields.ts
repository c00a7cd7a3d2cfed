import type { DescMessage, MessageShape } from '@bufbuild/protobuf';

/**
 * Every field of a message. An object literal that `satisfies` it fails to compile when the message gets a field, until somebody
 * says what goes into it.
 */
export type AllFields<D extends DescMessage> = {
  readonly [K in Exclude<keyof MessageShape<D>, '$typeName' | '$unknown'>]-?: unknown;
};
