import { parseArgs } from 'node:util';
import { DEFAULT_ENGINE } from './batching-engine.ts';
import { startModelServer } from './model-server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    model: { type: 'string', default: 'llama-3.1-8b-instruct' },
    'max-num-seqs': { type: 'string', default: String(DEFAULT_ENGINE.sequencesMax) },
    'otlp-traces-endpoint': { type: 'string', default: 'http://127.0.0.1:4318' },
  },
});
const server = await startModelServer({
  port: Number(values.port),
  model: values.model,
  otlpEndpoint: values['otlp-traces-endpoint'],
  resource: resourceFromEnv(process.env['OTEL_RESOURCE_ATTRIBUTES'] ?? ''),
  engine: { ...DEFAULT_ENGINE, sequencesMax: Number(values['max-num-seqs']) },
});
console.log(`Model server on ${server.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());

/** `key=value,key=value`, with what is not allowed in a value percent-encoded. */
function resourceFromEnv(text: string): Record<string, string> {
  const pairs = text.split(',').flatMap((pair) => {
    const [key, value] = pair.split('=');
    return key === undefined || value === undefined ? [] : [[key.trim(), decodeURIComponent(value.trim())]];
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}
