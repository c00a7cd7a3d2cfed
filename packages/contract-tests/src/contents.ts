import type { Chapter } from './chapter.ts';
import { factoryChapter } from './factory-checks.ts';
import { modelChapter, type ModelOptions } from './model/model-test.ts';
import { appendContentChapter } from './operations/append-content.ts';
import { appendExternalChapter } from './operations/append-external.ts';
import { appendIdentityChapter } from './operations/append-identity.ts';
import { appendInputChapter } from './operations/append-input.ts';
import { appendItemsChapter } from './operations/append-items.ts';
import { operationIdChapter } from './operations/append-operation-id.ts';
import { appendPipelinesChapter } from './operations/append-pipelines.ts';
import { archiveThreadChapter } from './operations/archive-thread.ts';
import { closeChapter } from './operations/close.ts';
import { createThreadChapter } from './operations/create-thread.ts';
import { deleteThreadChapter } from './operations/delete-thread.ts';
import { discardThreadChapter } from './operations/discard-thread.ts';
import { flushThreadChapter } from './operations/flush-thread.ts';
import { forkMetadataChapter } from './operations/fork-thread-metadata.ts';
import { forkPointsChapter } from './operations/fork-thread-points.ts';
import { forkThreadChapter } from './operations/fork-thread.ts';
import { listItemsChapter } from './operations/list-items.ts';
import { listCursorsChapter } from './operations/list-threads-cursors.ts';
import { listFiltersChapter } from './operations/list-threads-filters.ts';
import { listOrderChapter } from './operations/list-threads-order.ts';
import { listRelationChapter } from './operations/list-threads-relation.ts';
import { itemCursorsChapter, turnCursorsChapter } from './operations/list-turns-cursors.ts';
import { turnEventsChapter } from './operations/list-turns-events.ts';
import { rollbacksChapter } from './operations/list-turns-rollbacks.ts';
import { listTurnsChapter } from './operations/list-turns.ts';
import { loadHistoryChapter } from './operations/load-history.ts';
import { optionalOperationsChapter } from './operations/optional-operations.ts';
import { persistThreadChapter } from './operations/persist-thread.ts';
import { readThreadChapter } from './operations/read-thread.ts';
import { recordedSessionsChapter } from './operations/recorded-sessions.ts';
import { renewLeasesChapter } from './operations/renew-leases.ts';
import { resumeThreadChapter } from './operations/resume-thread.ts';
import { resumeWaitChapter } from './operations/resume-wait.ts';
import { searchPlacesChapter } from './operations/search-threads-places.ts';
import { searchWordsChapter } from './operations/search-threads-words.ts';
import { searchThreadsChapter } from './operations/search-threads.ts';
import { shutdownThreadChapter } from './operations/shutdown-thread.ts';
import { streamHistoryChapter } from './operations/stream-history.ts';
import { unarchiveThreadChapter } from './operations/unarchive-thread.ts';
import { updateMetadataChapter } from './operations/update-thread-metadata.ts';
import { lifeCycleChapter } from './traits/life-cycle.ts';
import { signalsChapter } from './traits/signals.ts';
import { threadStatesChapter } from './traits/thread-states.ts';
import { takeoversChapter } from './two-clients/takeovers.ts';
import { visibilityChapter } from './two-clients/visibility.ts';

/** All chapters in reading order: the factory, each operation, what holds for all of them, two clients, the model. */
export function contents(modelOptions: ModelOptions): readonly Chapter[] {
  return [
    factoryChapter,

    createThreadChapter,
    resumeThreadChapter,
    resumeWaitChapter,
    appendItemsChapter,
    appendIdentityChapter,
    appendContentChapter,
    appendInputChapter,
    appendPipelinesChapter,
    appendExternalChapter,
    operationIdChapter,
    persistThreadChapter,
    flushThreadChapter,
    renewLeasesChapter,
    shutdownThreadChapter,
    discardThreadChapter,
    loadHistoryChapter,
    streamHistoryChapter,
    readThreadChapter,
    listFiltersChapter,
    listOrderChapter,
    listCursorsChapter,
    listRelationChapter,
    listTurnsChapter,
    turnEventsChapter,
    rollbacksChapter,
    turnCursorsChapter,
    listItemsChapter,
    itemCursorsChapter,
    searchThreadsChapter,
    searchWordsChapter,
    searchPlacesChapter,
    recordedSessionsChapter,
    updateMetadataChapter,
    archiveThreadChapter,
    unarchiveThreadChapter,
    deleteThreadChapter,
    forkThreadChapter,
    forkPointsChapter,
    forkMetadataChapter,
    optionalOperationsChapter,
    closeChapter,

    lifeCycleChapter,
    signalsChapter,
    threadStatesChapter,

    takeoversChapter,
    visibilityChapter,

    modelChapter(modelOptions),
  ];
}
