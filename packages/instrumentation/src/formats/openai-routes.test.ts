import { expect, test } from 'vitest';
import { matchRequest } from '../match-request.ts';

const HEX = '0123456789abcdef0123456789abcdef';

test.each<[string, string, string | undefined, Record<string, string>]>([
  ['POST', 'https://api.openai.com/v1/chat/completions', 'openai-chat', {}],
  ['POST', 'https://api.openai.com/v1/chat/completions?x=1', 'openai-chat', {}],
  ['GET', 'https://api.openai.com/v1/chat/completions', undefined, {}],
  ['GET', 'https://api.openai.com/v1/chat/completions/chatcmpl-1', undefined, {}],
  ['POST', 'https://api.openai.com/v1/chat/completions/chatcmpl-1', undefined, {}],
  ['POST', 'https://api.openai.com/v1/mychat/completions', 'openai-completions', {}],
  ['POST', 'https://api.openai.com/v1/completions', 'openai-completions', {}],
  ['POST', 'https://api.perplexity.ai/async/chat/completions', undefined, {}],
  ['POST', 'https://api.mistral.ai/v1/agents/completions', 'openai-chat', {}],
  ['POST', 'https://api.mistral.ai/v1/fim/completions', 'openai-completions', {}],
  [
    'POST',
    'https://a.openai.azure.com/openai/deployments/my%20gpt/chat/completions',
    'openai-chat',
    { model: 'my gpt' },
  ],
  [
    'POST',
    'https://proxy.example/azure/openai/deployments/gpt/audio/transcriptions',
    'openai-transcriptions',
    { model: 'gpt' },
  ],
  [
    'POST',
    'https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/openapi/chat/completions',
    'openai-chat',
    { region: 'global' },
  ],
  [
    'POST',
    `https://gateway.ai.cloudflare.com/v1/${HEX}/gw/openrouter/v1/chat/completions`,
    'openai-chat',
    { provider: 'openrouter' },
  ],
  [
    'POST',
    `https://gateway.ai.cloudflare.com/v1/${HEX}/gw/openai/responses`,
    'openai-responses',
    { provider: 'openai' },
  ],
  ['POST', 'https://api.openai.com/v1/responses', 'openai-responses', {}],
  ['GET', 'https://api.openai.com/v1/responses/resp_1', 'openai-responses', {}],
  ['GET', 'https://api.openai.com/v1/responses/resp_1/input_items', undefined, {}],
  ['POST', 'https://api.openai.com/v1/responses/resp_1/cancel', undefined, {}],
  ['POST', 'https://api.openai.com/v1/responses/input_tokens', undefined, {}],
  ['POST', 'https://api.openai.com/v1/responses/compact', 'openai-responses', {}],
  ['POST', 'https://api.openai.com/v1/embeddings', 'openai-embeddings', {}],
  ['POST', 'https://api.voyageai.com/v1/multimodalembeddings', 'openai-embeddings', {}],
  ['POST', 'https://api.openai.com/v1/images/variations', 'openai-images', {}],
  ['POST', 'https://api.openai.com/v1/images', undefined, {}],
  ['POST', 'https://api.openai.com/v1/audio/translations', 'openai-transcriptions', {}],
  ['POST', 'https://api.openai.com/v1/audio/speech', 'openai-speech', {}],
  ['POST', 'https://api.openai.com/v1/batches', 'openai-batches', {}],
  ['GET', 'https://api.openai.com/v1/batches', undefined, {}],
  ['GET', 'https://api.openai.com/v1/batches/batch_1', 'openai-batches', {}],
  ['POST', 'https://api.openai.com/v1/batches/batch_1/cancel', undefined, {}],
  ['POST', 'https://api.anthropic.com/v1/messages/batches', undefined, {}],
  ['POST', 'https://api.openai.com/v1/moderations', undefined, {}],
  ['POST', 'https://api.openai.com/v1/files', undefined, {}],
  ['POST', 'https://api.mistral.ai/v1/ocr', 'mistral-ocr', {}],
])('%s %s is read by %s', (method, address, format, fields) => {
  const { origin, pathname, search } = new URL(address);
  const matched = matchRequest({ method, origin, path: pathname + search }, []);
  expect(matched?.format.name).toBe(format);
  const pathFields = Object.entries(matched?.request.pathFields ?? {});
  expect(Object.fromEntries(pathFields.filter(([, value]) => value !== undefined))).toEqual(fields);
});

test('a hostile path takes no time', () => {
  const path = `${'/openai/deployments/a'.repeat(90)}/locations/x`;
  expect(matchRequest({ method: 'POST', origin: 'https://x.example', path }, [])).toBeUndefined();
});
