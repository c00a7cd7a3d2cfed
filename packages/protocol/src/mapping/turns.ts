import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ListTurnsParams, Turn, TurnError, TurnItemsView, TurnPage, TurnStatus } from '@threadstore/core';
import type * as wire from '../gen/threadstore/v1/thread_store_service_pb.ts';
import * as turn from '../gen/threadstore/v1/turn_pb.ts';
import { badResponse, invalidRequest } from './fault.ts';
import type { AllFields } from './fields.ts';
import { answeredBigInteger, bigIntegerToWire } from './integer.ts';
import { known, type Known } from './known.ts';
import { cursorFromWire, pageFromWire, pageToWire } from './paging.ts';
import { placedItemsFromWire, placedItemsToWire } from './placed-items.ts';
import { textToWire } from './text.ts';
import { timeFromWire, timeToWire } from './time.ts';

const viewToWire: Readonly<Record<TurnItemsView, turn.TurnItemsView>> = {
  notLoaded: turn.TurnItemsView.NOT_LOADED,
  summary: turn.TurnItemsView.SUMMARY,
  full: turn.TurnItemsView.FULL,
};

const viewFromWire: Readonly<Record<Known<typeof turn.TurnItemsView>, TurnItemsView>> = {
  [turn.TurnItemsView.NOT_LOADED]: 'notLoaded',
  [turn.TurnItemsView.SUMMARY]: 'summary',
  [turn.TurnItemsView.FULL]: 'full',
};

const statusToWire: Readonly<Record<TurnStatus, turn.TurnStatus>> = {
  completed: turn.TurnStatus.COMPLETED,
  interrupted: turn.TurnStatus.INTERRUPTED,
  failed: turn.TurnStatus.FAILED,
  inProgress: turn.TurnStatus.IN_PROGRESS,
};

const statusFromWire: Readonly<Record<Known<typeof turn.TurnStatus>, TurnStatus>> = {
  [turn.TurnStatus.COMPLETED]: 'completed',
  [turn.TurnStatus.INTERRUPTED]: 'interrupted',
  [turn.TurnStatus.FAILED]: 'failed',
  [turn.TurnStatus.IN_PROGRESS]: 'inProgress',
};

export function listTurnsToWire(params: ListTurnsParams): MessageInitShape<typeof wire.ListTurnsRequestSchema> {
  const { itemsView } = params;
  return {
    threadId: textToWire(params.threadId, 'threadId'),
    includeArchived: params.includeArchived ?? false,
    ...pageToWire(params),
    itemsView: itemsView === undefined ? turn.TurnItemsView.UNSPECIFIED : viewToWire[itemsView],
  } satisfies AllFields<typeof wire.ListTurnsRequestSchema>;
}

export function listTurnsFromWire(request: wire.ListTurnsRequest): ListTurnsParams {
  const itemsView = known(viewFromWire, request.itemsView);
  if (itemsView === undefined && request.itemsView !== turn.TurnItemsView.UNSPECIFIED) {
    throw invalidRequest('itemsView', `not a view of items (got ${request.itemsView})`);
  }
  return {
    threadId: request.threadId,
    includeArchived: request.includeArchived,
    ...pageFromWire(request),
    ...(itemsView === undefined ? {} : { itemsView }),
  };
}

export function turnPageToWire(page: TurnPage): MessageInitShape<typeof wire.ListTurnsResponseSchema> {
  return {
    turns: page.turns.map(turnToWire),
    nextPageToken: page.nextCursor ?? '',
    backwardsPageToken: page.backwardsCursor ?? '',
  } satisfies AllFields<typeof wire.ListTurnsResponseSchema>;
}

export function turnPageFromWire(response: wire.ListTurnsResponse): TurnPage {
  return {
    turns: response.turns.map(turnFromWire),
    nextCursor: cursorFromWire(response.nextPageToken),
    backwardsCursor: cursorFromWire(response.backwardsPageToken),
  };
}

function turnToWire(value: Turn): MessageInitShape<typeof turn.TurnSchema> {
  return {
    turnId: value.turnId,
    firstOrdinal: bigIntegerToWire(value.firstOrdinal, 'firstOrdinal'),
    status: statusToWire[value.status],
    error: value.error === null ? undefined : turnErrorToWire(value.error),
    startedAt: value.startedAt === null ? undefined : timeToWire(value.startedAt, 'startedAt'),
    completedAt: value.completedAt === null ? undefined : timeToWire(value.completedAt, 'completedAt'),
    durationMs: value.durationMs ?? undefined,
    itemsView: viewToWire[value.itemsView],
    items: placedItemsToWire(value.items, value.turnId),
  } satisfies AllFields<typeof turn.TurnSchema>;
}

function turnFromWire(message: turn.Turn): Turn {
  const { turnId, startedAt, completedAt, durationMs } = message;
  const status = known(statusFromWire, message.status);
  if (status === undefined) throw badResponse('status', `not a status of turns (got ${message.status})`);
  const itemsView = known(viewFromWire, message.itemsView);
  if (itemsView === undefined) throw badResponse('itemsView', `not a view of items (got ${message.itemsView})`);
  return {
    turnId,
    firstOrdinal: answeredBigInteger(message.firstOrdinal, 'firstOrdinal'),
    status,
    error: message.error === undefined ? null : turnErrorFromWire(message.error),
    startedAt: startedAt === undefined ? null : timeFromWire(startedAt, 'startedAt', badResponse),
    completedAt: completedAt === undefined ? null : timeFromWire(completedAt, 'completedAt', badResponse),
    durationMs: durationMs ?? null,
    itemsView,
    items: placedItemsFromWire(message.items, turnId),
  };
}

function turnErrorToWire(error: TurnError): MessageInitShape<typeof turn.TurnErrorSchema> {
  return {
    message: error.message,
    additionalDetails: error.additionalDetails ?? undefined,
  } satisfies AllFields<typeof turn.TurnErrorSchema>;
}

function turnErrorFromWire(error: turn.TurnError): TurnError {
  return { message: error.message, additionalDetails: error.additionalDetails ?? null };
}
