import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { GenServiceMethods } from '@bufbuild/protobuf/codegenv2';

/** One method of a generated service descriptor, as its type tells it. */
export type Method = GenServiceMethods[string];

/** A message as a call receives it. */
export type Received<D> = D extends DescMessage ? MessageShape<D> : never;

/** A message as a call sends it: a message, or the plain object to make one of. */
export type Sent<D> = D extends DescMessage ? MessageInitShape<D> : never;
