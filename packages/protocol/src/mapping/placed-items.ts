import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ItemPage, ListItemsParams, PlacedItem } from '@threadstore/core';
import type * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import type { PlacedItem as WirePlacedItem, PlacedItemSchema } from '../gen/threadstore/v1/turn_pb.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerToWire } from './integer.ts';
import { itemFromResponse, itemToWire } from './items.ts';
import { cursorFromWire, pageFromWire, pageToWire } from './paging.ts';
import { textToWire } from './text.ts';

export function listItemsToWire(params: ListItemsParams): MessageInitShape<typeof wire.ListItemsRequestSchema> {
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    includeArchived: params.includeArchived ?? false,
    ...pageToWire(params),
    turnId: params.turnId === undefined ? undefined : textToWire(params.turnId, 'turnId'),
  } satisfies AllFields<typeof wire.ListItemsRequestSchema>;
}

export function listItemsFromWire(request: wire.ListItemsRequest): ListItemsParams {
  return {
    threadId: request.threadId,
    includeArchived: request.includeArchived,
    ...pageFromWire(request),
    ...(request.turnId === undefined ? {} : { turnId: request.turnId }),
  };
}

export function itemPageToWire(page: ItemPage): MessageInitShape<typeof wire.ListItemsResponseSchema> {
  return {
    items: placedItemsToWire(page.items, null),
    nextPageToken: page.nextCursor ?? '',
    backwardsPageToken: page.backwardsCursor ?? '',
  } satisfies AllFields<typeof wire.ListItemsResponseSchema>;
}

export function itemPageFromWire(response: wire.ListItemsResponse): ItemPage {
  return {
    items: placedItemsFromWire(response.items, null),
    nextCursor: cursorFromWire(response.nextPageToken),
    backwardsCursor: cursorFromWire(response.backwardsPageToken),
  };
}

/** `turnId`: of the turn that the items stand in; `null` for a list of items, each of which says it. */
export function placedItemsToWire(
  items: readonly PlacedItem[],
  turnId: string | null,
): MessageInitShape<typeof PlacedItemSchema>[] {
  return items.map(
    (item, index) =>
      ({
        ordinal: bigIntegerToWire(item.ordinal, `items[${index}].ordinal`),
        item: itemToWire(item.json, `items[${index}]`),
        turnId: item.turnId === turnId ? undefined : (item.turnId ?? undefined),
      }) satisfies AllFields<typeof PlacedItemSchema>,
  );
}

export function placedItemsFromWire(items: readonly WirePlacedItem[], turnId: string | null): PlacedItem[] {
  return items.map((item, index) => ({
    ordinal: answeredBigInteger(item.ordinal, `items[${index}].ordinal`),
    turnId: item.turnId ?? turnId,
    json: itemFromResponse(item.item, `items[${index}]`),
  }));
}
