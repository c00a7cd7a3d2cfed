import { threadStoreVersion } from '../../version.ts';
import { command, type ExitCode } from '../command.ts';
import { splitEndpoints } from '../settings/readers.ts';
import { versionSettings } from '../settings/settings.ts';
import { writeWhenReady } from '../terminal.ts';
import { tlsOf } from './remote.ts';

export const versionCommand = command({
  name: 'version',
  summary: "print the version, and a service's version and health",
  description:
    'Prints the version of this command. With an endpoint it also asks the service there for its version and health, and ' +
    'exits with 1 unless it is serving: fit for a health check. Of several it asks each.',
  args: [],
  examples: [{ line: 'threadstore version --endpoint 127.0.0.1:50051', does: "ours, and the service's" }],
  settings: versionSettings,
  run: async ({ settings, terminal }) => {
    await writeWhenReady(terminal.stdout, `threadstore ${threadStoreVersion}\n`);
    if (settings.endpoint.value === null) return 0;
    const { askHealth } = await import('../../rpc/health-client.ts');
    const tls = await tlsOf(settings);
    let exitCode: ExitCode = 0;
    for (const endpoint of splitEndpoints(settings.endpoint.value)) {
      const { status, version } = await askHealth(endpoint, settings.deadlineMs.value, tls);
      const known = version === null ? '' : ` threadstore ${version}`;
      await writeWhenReady(terminal.stdout, `service ${endpoint}:${known} ${status}\n`);
      if (status !== 'SERVING') exitCode = 1;
    }
    return exitCode;
  },
});
