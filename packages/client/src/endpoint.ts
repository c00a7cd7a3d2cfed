const shape = /^(?<host>\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+):(?<port>\d{1,5})$/i;
const portMax = 65_535;

/** The target of an endpoint, as grpc-js takes it. Throws a `TypeError` that says what was expected. */
export function parseEndpoint(endpoint: string): string {
  if (typeof endpoint !== 'string') throw wrong(String(endpoint));
  if (/^unix:./.test(endpoint)) return endpoint;
  const address = endpoint.replace(/^http:\/\//i, '').replace(/\/$/, '');
  const groups = shape.exec(address)?.groups;
  const port = Number(groups?.['port']);
  if (groups === undefined || port < 1 || port > portMax) throw wrong(endpoint);
  return `dns:${address}`;
}

function wrong(endpoint: string): TypeError {
  const tls = /^(https|grpcs):/i.test(endpoint) ? ' Encrypted connections are not supported.' : '';
  return new TypeError(
    `endpoint: expected host:port, such as 127.0.0.1:50051 or [::1]:50051, or unix:/path (got ${JSON.stringify(endpoint)}).${tls}`,
  );
}
