import { defaultAppendStreamLimits, type AppendStreamLimits } from '../../rpc/append-flow.ts';
import { bytes, bytesText, integer } from './readers.ts';
import { setting, type ResolvedSettings } from './setting.ts';

const MiB = 1024 * 1024;
const { streamBytesMax, streamBatchesMax, serverBytesMax, serverBatchesMax } = defaultAppendStreamLimits;
const group = 'Limits:';

/** How much may be unanswered on streams of appends. */
export const appendStreamSettings = {
  streamBytesMax: setting(
    {
      flag: '--append-stream-bytes-max',
      placeholder: '<bytes>',
      help: 'bytes of unanswered appends of one client; it then waits',
      read: bytes(1, 1_024 * MiB),
      group,
    },
    bytesText(streamBytesMax),
  ),
  streamBatchesMax: setting(
    {
      flag: '--append-stream-batches-max',
      placeholder: '<count>',
      help: 'unanswered appends of one client; it then waits',
      read: integer(1, 1_000_000),
      group,
    },
    String(streamBatchesMax),
  ),
  serverBytesMax: setting(
    {
      flag: '--append-server-bytes-max',
      placeholder: '<bytes>',
      help: 'bytes of unanswered appends of all clients; they then wait',
      read: bytes(1, 16_384 * MiB),
      group,
    },
    bytesText(serverBytesMax),
  ),
  serverBatchesMax: setting(
    {
      flag: '--append-server-batches-max',
      placeholder: '<count>',
      help: 'unanswered appends of all clients; they then wait',
      read: integer(1, 16_000_000),
      group,
    },
    String(serverBatchesMax),
  ),
};

export function appendStreamLimitsOf(
  resolved: ResolvedSettings<typeof appendStreamSettings>,
): Omit<AppendStreamLimits, 'ageMsMax'> {
  return {
    streamBytesMax: resolved.streamBytesMax.value,
    streamBatchesMax: resolved.streamBatchesMax.value,
    serverBytesMax: resolved.serverBytesMax.value,
    serverBatchesMax: resolved.serverBatchesMax.value,
  };
}
