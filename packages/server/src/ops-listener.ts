import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { logAcceptErrors } from './limits/accept-errors.ts';
import type { Logger } from './log.ts';
import type { Readiness } from './readiness/readiness.ts';
import { ListenError } from './service-host.ts';

export interface OpsListenerOptions {
  /** What `/readyz` tells. */
  readonly readiness: Readiness;
  /** What `/metrics` shows: its media type, and the text as it is now. */
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  /** Told of connections that can't be accepted. */
  readonly logger: Logger;
}

/** An HTTP listener for those who watch over the service: `/metrics`, `/livez` and `/readyz`. It knows no callers and shows no content. */
export class OpsListener implements AsyncDisposable {
  readonly #options: OpsListenerOptions;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  constructor(options: OpsListenerOptions) {
    this.#options = options;
    // Nobody sends a body, or takes long to ask.
    this.#server.requestTimeout = 5_000;
    this.#server.headersTimeout = 5_000;
    this.#server.maxConnections = 64;
  }

  /** Port 0 takes any free one. Rejects with a `ListenError`. */
  listen(host: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return new Promise((resolve, reject) => {
      const refuse = (error: Error): void => reject(new ListenError(`${host}:${port}`, error));
      this.#server.once('error', refuse);
      this.#server.listen({ host, port }, () => {
        this.#server.off('error', refuse);
        logAcceptErrors(this.#server, this.#options.logger);
        resolve({ host, port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') return send(response, 405, 'only GET\n');
    switch (url.split('?', 1)[0]) {
      case '/livez':
        return send(response, 200, 'ok\n');
      case '/readyz': {
        const { unready } = this.#options.readiness;
        return unready === null ? send(response, 200, 'ok\n') : send(response, 503, `${unready.reason}\n`);
      }
      case '/metrics': {
        const { metrics } = this.#options;
        const text = await metrics.metrics().catch(() => undefined);
        if (text === undefined) return send(response, 500, 'the metrics can not be told\n');
        return send(response, 200, text, metrics.contentType);
      }
      default:
        return send(response, 404, 'there are /metrics, /livez and /readyz\n');
    }
  }
}

function send(response: ServerResponse, status: number, body: string, contentType = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}
