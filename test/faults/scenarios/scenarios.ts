import { largeRequests } from './large-requests.ts';
import type { Scenario } from './scenario.ts';

export const scenarios = {
  'large-requests': largeRequests,
} satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof scenarios;
