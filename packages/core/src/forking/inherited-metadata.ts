import { blankMetadata, type PlainMetadata } from '../blank-metadata.ts';

/** What of a source a fork has. */
export interface CopiedPart {
  /** Whether it has all items. */
  readonly isAll: boolean;
  readonly hasUserMessage: boolean;
}

const fields = Object.keys(blankMetadata) as readonly (keyof PlainMetadata)[];

/**
 * The metadata that a fork begins with, times apart. What the user said first is no longer true of a fork that ends before it, nor are
 * running totals of one that ends before the source does; a name is for one thread.
 */
export function inheritedMetadata(source: PlainMetadata, { isAll, hasUserMessage }: CopiedPart): PlainMetadata {
  const { title, preview, firstUserMessage } = isAll || hasUserMessage ? source : blankMetadata;
  return {
    ...(Object.fromEntries(fields.map((field) => [field, source[field]])) as unknown as PlainMetadata),
    name: null,
    title,
    preview,
    firstUserMessage,
    tokenUsage: isAll ? source.tokenUsage : null,
  };
}
