import type { Chapter } from '../chapter.ts';
import { initGuardChapter } from './init-guard.ts';
import { liveAppendFailuresChapter } from './live-append-failures.ts';
import { liveAppendChapter } from './live-append.ts';
import { liveBarriersChapter } from './live-barriers.ts';
import { liveCreateChapter } from './live-create.ts';
import { liveGitChapter } from './live-git.ts';
import { liveLostAnswersChapter } from './live-lost-answers.ts';
import { liveMetadataFaultsChapter } from './live-metadata-faults.ts';
import { liveMetadataItemsChapter } from './live-metadata-items.ts';
import { liveOrderChapter } from './live-order.ts';
import { livePathsChapter } from './live-paths.ts';
import { livePendingChapter } from './live-pending.ts';
import { liveRandomChapter } from './live-random.ts';
import { liveResumeChapter } from './live-resume.ts';
import { liveShutdownChapter } from './live-shutdown.ts';
import { liveStatesChapter } from './live-states.ts';
import { liveTouchesChapter } from './live-touches.ts';
import { managerForkChapter } from './manager-fork.ts';
import { managerIdleChapter } from './manager-idle.ts';
import { managerLeasesChapter } from './manager-leases.ts';
import { managerMetadataChapter } from './manager-metadata.ts';
import { managerMishapsChapter } from './manager-mishaps.ts';
import { managerOperationsChapter } from './manager-operations.ts';
import { managerPathsChapter } from './manager-paths.ts';
import { managerResumeChapter } from './manager-resume.ts';
import { managerRollbackChapter } from './manager-rollback.ts';
import { managerThreadsChapter } from './manager-threads.ts';

/** All chapters of the live layer, in reading order. */
export function liveContents(): readonly Chapter[] {
  return [
    liveCreateChapter,
    liveGitChapter,
    liveResumeChapter,
    liveAppendChapter,
    liveAppendFailuresChapter,
    liveLostAnswersChapter,
    liveRandomChapter,
    liveBarriersChapter,
    liveShutdownChapter,
    liveStatesChapter,
    liveMetadataItemsChapter,
    liveMetadataFaultsChapter,
    liveTouchesChapter,
    livePendingChapter,
    liveOrderChapter,
    livePathsChapter,
    initGuardChapter,

    managerThreadsChapter,
    managerOperationsChapter,
    managerMetadataChapter,
    managerIdleChapter,
    managerLeasesChapter,
    managerResumeChapter,
    managerRollbackChapter,
    managerForkChapter,
    managerPathsChapter,
    managerMishapsChapter,
  ];
}
