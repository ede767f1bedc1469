// An instrumentation of its own, which never ends the span of a call.
import { trace } from '@opentelemetry/api';
import OpenAI from 'openai';

const client = new OpenAI({ apiKey: 'none', baseURL: process.env.PROVIDER_URL });
const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-5-mini' };
await trace
  .getTracer('leaky')
  .startActiveSpan('chat', { attributes }, () =>
    client.chat.completions.create({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'x' }] }),
  );
