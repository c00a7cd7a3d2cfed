import { bombs } from './bombs.ts';
import { largeRequests } from './large-requests.ts';
import { manyStreams } from './many-streams.ts';
import { reconnect } from './reconnect.ts';
import type { Scenario } from './scenario.ts';
import { slowReaders } from './slow-readers.ts';

export const scenarios = {
  'large-requests': largeRequests,
  'slow-readers': slowReaders,
  'many-streams': manyStreams,
  bombs,
  reconnect,
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
