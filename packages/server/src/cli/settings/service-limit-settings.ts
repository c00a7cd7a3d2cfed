import { defaultServiceLimits, type ServiceLimits } from '../../limits/service-limits.ts';
import { bytes, bytesText, integer } from './readers.ts';
import { setting, type ResolvedSettings, type Setting } from './setting.ts';

const MiB = 1024 * 1024;
const countMax = 1_000_000;
const bytesMax = 16_384 * MiB;
const dayMs = 24 * 3_600_000;

type Unit = 'count' | 'bytes' | 'ms';

interface LimitText {
  readonly help: string;
  readonly unit: Unit;
  readonly max: number;
}

const calls = (help: string): LimitText => ({ help, unit: 'count', max: countMax });
const size = (help: string): LimitText => ({ help, unit: 'bytes', max: bytesMax });
const time = (help: string): LimitText => ({ help, unit: 'ms', max: dayMs });

const texts: Readonly<Record<keyof ServiceLimits, LimitText>> = {
  callsMax: calls('calls under way that are no streams'),
  readStreamsMax: calls('streams under way that read a history'),
  appendStreamsMax: calls('streams of appends under way'),
  requestBytesMax: size('bytes of requests under way; large ones beyond them are refused'),
  tenantCallsMax: calls('the same of one tenant: calls'),
  tenantReadStreamsMax: calls('streams of one tenant that read'),
  tenantAppendStreamsMax: calls('streams of appends of one tenant'),
  tenantRequestBytesMax: size('bytes of requests of one tenant'),
  tenantRate: calls('calls and appends of one tenant in a second'),
  tenantBytesRate: size('bytes of requests of one tenant in a second'),
  callTimeoutMs: time('how long a call may take that is no stream'),
  stalledReaderTimeoutMs: time('when a stream ends whose caller takes nothing of it'),
  prefaceTimeoutMs: time('when a connection ends that has not begun to speak HTTP/2'),
  connectionsMax: calls('connections'),
  connectionsPerAddressMax: calls('connections from one address'),
};

type ServiceLimitSettings = Readonly<Record<keyof ServiceLimits, Setting<number>>>;

/** A setting for each member of `ServiceLimits`: `--calls-max`, `THREADSTORE_CALLS_MAX` and so on. */
export const serviceLimitSettings = Object.fromEntries(
  limitNames().map((name): [keyof ServiceLimits, Setting<number>] => {
    const { help, unit, max } = texts[name];
    const definition = {
      flag: `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      placeholder: `<${unit}>`,
      help,
      read: unit === 'bytes' ? bytes(1, max) : integer(1, max),
      group: 'Overload:',
    };
    const value = defaultServiceLimits[name];
    return [name, setting(definition, unit === 'bytes' ? bytesText(value) : String(value))];
  }),
) as ServiceLimitSettings;

export function serviceLimitsOf(resolved: ResolvedSettings<ServiceLimitSettings>): ServiceLimits {
  return Object.fromEntries(limitNames().map((name) => [name, resolved[name].value])) as unknown as ServiceLimits;
}

function limitNames(): readonly (keyof ServiceLimits)[] {
  return Object.keys(texts) as (keyof ServiceLimits)[];
}
