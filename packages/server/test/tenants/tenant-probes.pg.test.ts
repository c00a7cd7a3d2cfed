import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProbes, targets } from './probe.ts';
import { canary, twoTenants, type TwoTenants } from './two-tenants.ts';

const probes = Number(process.env['THREADSTORE_TEST_PROBES'] ?? 150);
const seed = Number(process.env['THREADSTORE_TEST_SEED'] ?? 1);

let tenants: TwoTenants;
beforeAll(async () => {
  tenants = await twoTenants();
});
afterAll(() => tenants[Symbol.asyncDispose]());

test('what is probed is every field that says something of a tenant', () => {
  expect(targets.length).toBeGreaterThan(50);
  expect(probes).toBeGreaterThanOrEqual(targets.length);
  expect(Object.values(tenants.treasure).every((values) => values.length > 0)).toBe(true);
});

test(
  `${probes} probes: what is another tenant's is answered as what does not exist`,
  async () => {
    const before = await tenants.inventory();
    const report = await runProbes(tenants, { probes, seed });
    const file = process.env['THREADSTORE_TEST_REPORT'];
    if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
    expect(report.leaks).toEqual([]);
    expect(Object.keys(report.fields)).toHaveLength(targets.length);
    // Neither answered alike because all were refused for the same reason.
    expect(Object.keys(report.answers).length).toBeGreaterThan(3);
    expect(await tenants.inventory()).toBe(before);
    expect(tenants.service.log()).not.toContain(canary);
  },
  Math.max(60_000, probes * 500),
);
