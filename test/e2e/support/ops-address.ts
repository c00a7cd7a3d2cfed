import { waitFor, type ServingProcess } from '@threadstore/testkit';

/** Where a service that was started with `--metrics-listen 127.0.0.1:0` shows its metrics, as a URL: its log tells it. */
export async function opsAddress(service: ServingProcess): Promise<string> {
  const address = (): string | undefined => /"metricsListen":"([^"]+)"/.exec(service.stderr())?.[1];
  await waitFor(() => address() !== undefined, { what: 'the line that tells the address' });
  return `http://${address() ?? ''}`;
}

/** What an address answers: the status and the text. */
export async function get(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}
