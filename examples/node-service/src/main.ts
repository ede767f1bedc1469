import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { OpenTelemetry } from '@ai-sdk/otel';
import { registerTelemetry } from 'ai';
import { assistantFeature } from './assistant.ts';
import type { Feature } from './feature.ts';
import { createModelClients } from './model-clients.ts';
import { replyFeature } from './reply.ts';
import { searchFeature } from './search.ts';
import { createService } from './service.ts';
import { summarizeFeature } from './summarize.ts';
import { SupportDatabase } from './support-database.ts';

const HOST = '127.0.0.1';

registerTelemetry(new OpenTelemetry());
const clients = createModelClients();
const database = new SupportDatabase();
const server = createService([
  summarizeFeature(clients) as Feature,
  assistantFeature(clients, database) as Feature,
  searchFeature(clients, database) as Feature,
  replyFeature(clients, database) as Feature,
]);

server.listen(Number(process.env['PORT'] ?? 3000), HOST);
await once(server, 'listening');
console.log(`Service on http://${HOST}:${(server.address() as AddressInfo).port}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // Requests in progress are finished; then nothing keeps the process alive.
    server.close(() => database.close());
    server.closeIdleConnections();
  });
}
