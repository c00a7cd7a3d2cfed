import { randomUUID } from 'node:crypto';
import * as grpc from '@grpc/grpc-js';
import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { RemoteThreadStore } from '@threadstore/client';
import { MemoryThreadStore } from '@threadstore/core';
import { ownPath, waitFor } from '@threadstore/testkit';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { served } from './support/served.ts';

const serviceName = 'threadstore.v1.ThreadStoreService';
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(() => provider.register());
beforeEach(() => exporter.reset());
afterAll(async () => {
  await provider.shutdown();
  trace.disable();
});

async function spansOf(count: number): Promise<ReturnType<typeof exporter.getFinishedSpans>> {
  await waitFor(() => exporter.getFinishedSpans().length >= count, { what: 'spans' });
  return exporter.getFinishedSpans();
}

test('a call has a span within the trace of its caller, by the semantic conventions, and nothing of what was said', async () => {
  const store = new MemoryThreadStore();
  const tracer = trace.getTracer('test');
  const list = store.listThreads.bind(store);
  // What is traced in the store belongs to the call.
  store.listThreads = (params, options) =>
    tracer.startActiveSpan('in the store', async (span) => {
      span.end();
      return list(params, options);
    });
  await using one = await served({ store });
  await using remote = new RemoteThreadStore({ endpoint: one.endpoint });
  const outer = tracer.startSpan('the caller');
  await context.with(trace.setSpan(context.active(), outer), () => remote.listThreads({ searchTerm: 'canary' }));
  const spans = await spansOf(2);
  const [inner, call] = ['in the store', `${serviceName}/ListThreads`].map((name) =>
    spans.find((span) => span.name === name),
  );
  expect(call?.spanContext().traceId).toBe(outer.spanContext().traceId);
  expect(call?.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
  expect(inner?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId);
  expect(call?.attributes).toEqual({
    'rpc.system.name': 'grpc',
    'rpc.method': `${serviceName}/ListThreads`,
    'rpc.response.status_code': 'OK',
    'threadstore.request_id': one.logged.at(-1)?.fields['requestId'],
  });
  expect(call?.status.code).toBe(SpanStatusCode.UNSET);
  expect(JSON.stringify(spans.map(({ attributes, events, status }) => [attributes, events, status]))).not.toContain(
    'canary',
  );
});

test('what a caller got wrong is no error of the span, what the service got wrong is', async () => {
  const store = new MemoryThreadStore();
  store.listThreads = () => Promise.reject(new Error('canary'));
  await using one = await served({ store });
  await using remote = new RemoteThreadStore({ endpoint: one.endpoint });
  const threadId = randomUUID();
  await expect(remote.readThread({ threadId })).rejects.toMatchObject({ reason: 'THREAD_NOT_FOUND' });
  await expect(remote.listThreads()).rejects.toMatchObject({ reason: 'INTERNAL' });
  const [missing, failed] = await spansOf(2);
  expect(missing).toMatchObject({
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      'rpc.response.status_code': 'NOT_FOUND',
      'threadstore.thread_id': threadId,
      'threadstore.reason': 'THREAD_NOT_FOUND',
    },
  });
  expect(failed).toMatchObject({
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'rpc.response.status_code': 'INTERNAL', 'error.type': 'INTERNAL' },
  });
  expect(JSON.stringify([failed?.attributes, failed?.events, failed?.status])).not.toContain('canary');
});

test.each([
  'garbage',
  '',
  '00-00000000000000000000000000000000-0000000000000000-01',
  `00-${'f'.repeat(500)}`,
  'ff-1-2-3',
])('a traceparent that is none begins a new trace: %j', async (traceparent) => {
  await using one = await served();
  const client = new grpc.Client(one.endpoint, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('traceparent', traceparent);
  const bytes = (message: Buffer): Buffer => message;
  const error = await new Promise<grpc.ServiceError | null>((resolve) => {
    client.makeUnaryRequest(`${ownPath}/ListThreads`, bytes, bytes, Buffer.alloc(0), metadata, resolve);
  });
  client.close();
  expect(error).toBeNull();
  const [span] = await spansOf(1);
  expect(span?.parentSpanContext).toBeUndefined();
  expect(span?.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
});
