import { hostAndPort } from './readers.ts';
import { optional } from './setting.ts';

const group = 'Operations:';

/** What those who run the service see of it. */
export const operationsSettings = {
  metricsListen: optional({
    flag: '--metrics-listen',
    placeholder: '<host:port>',
    help: 'serve /metrics, /livez and /readyz there over HTTP, 127.0.0.1:9090 for example; they know no callers and show no content',
    read: hostAndPort,
    group,
  }),
};
