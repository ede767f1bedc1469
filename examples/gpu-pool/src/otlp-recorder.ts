import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readText, sendText } from './http-messages.ts';
import type { ResourceSpansJson, TraceRequestJson } from './otlp-json.ts';

const HOST = '127.0.0.1';

export interface OtlpRecorder {
  readonly url: string;
  /** Everything that the gateway has taken, in the order in which it came. */
  readonly resourceSpans: readonly ResourceSpansJson[];
  close(): void;
}

/** Hands traces in OTLP/JSON on to a gateway, and keeps them to be sent again. */
export async function startOtlpRecorder(gatewayUrl: string): Promise<OtlpRecorder> {
  const resourceSpans: ResourceSpansJson[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readText(request);
      const answer = await sendTraces(gatewayUrl, body);
      if (answer.ok) resourceSpans.push(...(JSON.parse(body) as TraceRequestJson).resourceSpans);
      sendText(response, answer.status, 'application/json', await answer.text());
    })().catch(() => sendText(response, 503, 'application/json', '{}'));
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    resourceSpans,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function sendTraces(gatewayUrl: string, body: string): Promise<Response> {
  return fetch(`${gatewayUrl}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
}
