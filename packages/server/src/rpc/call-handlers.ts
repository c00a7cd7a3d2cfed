import type { CallContext } from '@threadstore/protocol';
import { withinSpan } from '../tracing/call-tracing.ts';
import { beginCall, type Call, type CallSource } from './begin-call.ts';
import { told } from './told.ts';

type Handle<Request, Response> = (request: Request, call: Call) => Promise<Response>;
type HandleStream<Request, Response> = (request: Request, call: Call) => AsyncIterable<Response>;

/** Makes the handler of a unary method: fills the record, and words the errors for the caller. */
export function unaryHandlers(
  source: CallSource,
): <Request extends object, Response>(
  handle: Handle<Request, Response>,
) => (request: Request, context: CallContext) => Promise<Response> {
  return (handle) => async (request, context) => {
    const call = beginCall(request, context, source);
    try {
      return await withinSpan(call.record, () => handle(request, call));
    } catch (error) {
      throw told(error, call.record);
    }
  };
}

/** The same for a method whose answers are a stream. */
export function streamHandlers(
  source: CallSource,
): <Request extends object, Response>(
  handle: HandleStream<Request, Response>,
) => (request: Request, context: CallContext) => AsyncGenerator<Response> {
  return (handle) =>
    async function* (request, context) {
      const call = beginCall(request, context, source);
      try {
        yield* handle(request, call);
      } catch (error) {
        throw told(error, call.record);
      }
    };
}
