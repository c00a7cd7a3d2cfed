import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Metrics } from '../src/metrics/metrics.ts';
import { connectionMetrics } from '../src/metrics/store-metrics.ts';

const page = readFileSync(new URL('../../../docs/operating.md', import.meta.url), 'utf8');

test('docs/operating.md tells every metric of ours, its type and its labels', async () => {
  const { registry } = new Metrics(() => true);
  connectionMetrics(registry, () => ({ idle: 0, used: 0, waiting: 0, max: 1 }));
  const own = registry.getMetricsAsArray().filter(({ name }) => !/^(process|nodejs)_/.test(name));
  const types = await registry.getMetricsAsJSON();
  const expected = own.map(({ name }) => {
    const labels = (registry.getSingleMetric(name) as unknown as { labelNames: readonly string[] }).labelNames;
    const type = types.find((one) => one.name === name)?.type;
    return [`\`${name}\``, String(type), labels.map((label) => `\`${label}\``).join(', ')];
  });
  const rows = page.split('\n').filter((line) => /^\| `(rpc|db|threadstore)_/.test(line));
  const told = rows.map((row) =>
    row
      .split('|')
      .map((cell) => cell.trim())
      .slice(1, 4),
  );
  const byName = ([a = '']: readonly string[], [b = '']: readonly string[]): number => a.localeCompare(b);
  expect(told.toSorted(byName)).toEqual(expected.toSorted(byName));
});
