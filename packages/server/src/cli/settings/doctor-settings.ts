import { setting } from './setting.ts';
import { jsonDefinition, serveSettings, storageSettings, versionSettings } from './settings.ts';

const { databaseUrl, poolSize } = storageSettings;

export const doctorSettings = {
  databaseUrl,
  poolSize,
  listen: serveSettings.listen,
  ...versionSettings,
  json: setting({ ...jsonDefinition, help: 'print one JSON object per check and line' }, 'false'),
};
