import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import type { Encoded } from './codec.ts';

/** One method of a generated service descriptor, as its type tells it. */
export type Method = GenServiceMethods[string];

/** A message as a call receives it. */
export type Received<D> = D extends DescMessage ? MessageShape<D> : never;

/** A message as a call sends it: a message, the plain object to make one of, or what stands for its bytes. */
export type Sent<D> = D extends DescMessage ? MessageInitShape<D> | Encoded<D> : never;
