import { threadStoreVersion } from '../../version.ts';
import { command } from '../command.ts';
import { versionSettings } from '../settings/settings.ts';
import { writeWhenReady } from '../terminal.ts';

export const versionCommand = command({
  name: 'version',
  summary: "print the version, and a service's version and health",
  description:
    'Prints the version of this command. With an endpoint it also asks the service there for its version and health, and ' +
    'exits with 1 unless it is serving: fit for a health check.',
  args: [],
  examples: [{ line: 'threadstore version --endpoint 127.0.0.1:50051', does: "ours, and the service's" }],
  settings: versionSettings,
  run: async ({ settings, terminal }) => {
    await writeWhenReady(terminal.stdout, `threadstore ${threadStoreVersion}\n`);
    const endpoint = settings.endpoint.value;
    if (endpoint === null) return 0;
    const { askHealth } = await import('../../rpc/health-client.ts');
    const { status, version } = await askHealth(endpoint, settings.deadlineMs.value);
    const known = version === null ? '' : ` threadstore ${version}`;
    await writeWhenReady(terminal.stdout, `service ${endpoint}:${known} ${status}\n`);
    return status === 'SERVING' ? 0 : 1;
  },
});
