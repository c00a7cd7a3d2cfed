import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

// The test of what tenants can find out about each other, with as many probes as are asked for:
// npm run probe:tenants -- --probes 10000 --seed 1 --report report.json

const { values } = parseArgs({
  options: {
    probes: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    report: { type: 'string' },
  },
});

const { status } = spawnSync('npx', ['vitest', 'run', 'packages/server/test/tenants'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    THREADSTORE_TEST_PROBES: values.probes,
    THREADSTORE_TEST_SEED: values.seed,
    ...(values.report === undefined ? {} : { THREADSTORE_TEST_REPORT: values.report }),
  },
});
process.exitCode = status ?? 1;
