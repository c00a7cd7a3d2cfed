import type { ThreadStoreError } from '../errors.ts';
import { defaultLimits, type Limits } from '../limits.ts';
import { persistencePolicy, type PersistencePolicy } from '../policy/persistence-policy.ts';
import { systemClock, type LiveClock } from './clock.ts';
import type { CollectGitInfo } from './git-facts.ts';
import { collectGitInfo } from './git-info.ts';
import { emitWarning, type WarningListener } from './warning.ts';

/** How a `LiveThread` behaves; all have defaults. */
export interface LiveThreadSettings {
  /** Which items are kept. Default: `persistencePolicy('limited')`, which keeps kinds that it does not know. */
  readonly policy?: PersistencePolicy;
  /**
   * What is known of the git repository of a directory; `null` collects nothing. Asked once by `create`, when the thread has a
   * directory and no git info. Default: `collectGitInfo`.
   */
  readonly gitInfo?: CollectGitInfo | null;
  /** The limits of the store, where they are not the defaults: derived texts are cut to them. */
  readonly limits?: Limits;
  /** Default: the system's. */
  readonly clock?: LiveClock;
  /** Told once when the handle's right to write has ended without its doing: a write of it was refused for good. */
  readonly onLost?: (error: ThreadStoreError) => void;
  /**
   * Told what could not be done and hinders nobody: metadata that the store refused, so that items were stored without it; git info
   * that could not be collected; a batch of unknown outcome that the store refused when it was sent again by the next append.
   * Default: `process.emitWarning`.
   */
  readonly onWarning?: WarningListener;
}

export type ResolvedLiveSettings = Required<LiveThreadSettings>;

export function resolveLiveSettings(settings: LiveThreadSettings): ResolvedLiveSettings {
  return {
    policy: settings.policy ?? persistencePolicy('limited'),
    gitInfo: settings.gitInfo === undefined ? collectGitInfo : settings.gitInfo,
    limits: settings.limits ?? defaultLimits,
    clock: settings.clock ?? systemClock,
    onLost: settings.onLost ?? (() => undefined),
    onWarning: settings.onWarning ?? emitWarning,
  };
}
