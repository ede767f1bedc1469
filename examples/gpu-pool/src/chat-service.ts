import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setCostAttribution } from '@costspan/processor';
import OpenAI from 'openai';
import { z } from 'zod';
import { readJson, sendJson, sendText } from './http-messages.ts';

/**
 * A service of two features that uses the model servers named in `MODEL_SERVERS`, in turn. The header `x-tenant` says
 * who asks; that is the one line about cost in it.
 */
const HOST = '127.0.0.1';
const model = process.env['MODEL'] ?? '';
const clients = (process.env['MODEL_SERVERS'] ?? '')
  .split(',')
  .map((url) => new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 }));
let asked = 0;

const inputSchema = z.object({
  prompt: z.string().min(1),
  maxTokens: z.int().positive(),
  stream: z.boolean().default(false),
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, maxTokens, stream } = inputSchema.parse(await readJson(request));
  setCostAttribution({ tenant: request.headers['x-tenant']?.toString() ?? 'unknown', feature: 'chat' });
  const client = clients[asked++ % clients.length];
  if (client === undefined) throw new Error('MODEL_SERVERS names no model server');
  const body = { model, messages: [{ role: 'user' as const, content: prompt }], max_tokens: maxTokens };
  if (!stream) {
    const { choices } = await client.chat.completions.create(body);
    sendText(response, 200, 'text/plain', choices[0]?.message.content ?? '');
    return;
  }
  const chunks = await client.chat.completions.create({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  });
  response.writeHead(200, { 'content-type': 'text/plain' });
  for await (const { choices } of chunks) response.write(choices[0]?.delta.content ?? '');
  response.end();
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  answer(request, response).catch((error: unknown) => {
    if (response.headersSent) response.destroy();
    else sendJson(response, 502, { error: String(error) });
  });
});
server.listen(Number(process.env['PORT'] ?? 3000), HOST);
await once(server, 'listening');
console.log(`Chat service on http://${HOST}:${(server.address() as AddressInfo).port}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeIdleConnections();
  });
}
