import { expect, test } from 'vitest';
import { matchRequest } from '../src/match-request.ts';

/** What the path of a request tells: the format, the provider, and the fields of the path. */
function routeOf(url: string): string | undefined {
  const { origin, pathname } = new URL(url);
  const matched = matchRequest({ method: 'POST', origin, path: pathname }, []);
  if (matched === undefined) return undefined;
  const { format, request } = matched;
  return [format.name, request.provider, request.pathFields['model'], request.pathFields['region']]
    .join(' ')
    .trimEnd();
}

const VERTEX = 'https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers';
const GEMINI = 'https://generativelanguage.googleapis.com/v1beta/models';
const BEDROCK = 'https://bedrock-runtime.us-east-1.amazonaws.com/model';

test.each([
  [
    'https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/gw/anthropic/v1/messages',
    'anthropic-messages anthropic',
  ],
  [
    `${VERTEX}/anthropic/models/claude-opus-5:rawPredict`,
    'anthropic-vertex gcp.vertex_ai claude-opus-5 us-east5',
  ],
  [
    `${VERTEX}/google/models/gemini-2.5-pro:generateContent`,
    'gemini-vertex gcp.vertex_ai gemini-2.5-pro us-east5',
  ],
  [`${GEMINI}/gemini-2.5-pro:generateContent`, 'gemini-generate-content gcp.gemini gemini-2.5-pro'],
  [`${GEMINI}/gemini-2.5-pro%3AgenerateContent`, undefined],
  [
    `${BEDROCK}/amazon.titan-embed-text-v2%3A0/invoke`,
    'bedrock-invoke-embeddings aws.bedrock amazon.titan-embed-text-v2:0',
  ],
  [`${BEDROCK}/cohere.rerank-v3-5%3A0/invoke`, 'bedrock-invoke-rerank aws.bedrock cohere.rerank-v3-5:0'],
  [
    `${BEDROCK}/amazon.nova-canvas-v1%3A0/invoke`,
    'bedrock-invoke-images aws.bedrock amazon.nova-canvas-v1:0',
  ],
  [
    `${BEDROCK}/stability.sd3-5-large-v1%3A0/invoke`,
    'bedrock-invoke-images aws.bedrock stability.sd3-5-large-v1:0',
  ],
  [
    `${BEDROCK}/arn%3Aaws%3Abedrock%3Aus-east-1%3A111122223333%3Aapplication-inference-profile%2Fabc/converse-stream`,
    'bedrock-converse aws.bedrock arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc',
  ],
  ['https://api.cohere.com/v2/embed', 'cohere-embed cohere'],
  ['http://127.0.0.1:11434/api/embed', 'ollama-embed ollama'],
])('%s is %s', (url, route) => {
  expect(routeOf(url)).toBe(route);
});

test.each([
  ['tokens are counted for nothing', 'https://api.anthropic.com/v1/messages/count_tokens'],
  ['a batch is not a message', 'https://api.anthropic.com/v1/messages/batches'],
  ['tokens are counted for nothing on Vertex AI', `${VERTEX}/anthropic/models/count-tokens:rawPredict`],
  ['tokens are counted for nothing by Gemini', `${GEMINI}/gemini-2.5-pro:countTokens`],
  ['tokens are counted for nothing on Bedrock', `${BEDROCK}/anthropic.claude-opus-5/count-tokens`],
  ['a guardrail is no model', 'https://bedrock-runtime.us-east-1.amazonaws.com/guardrail/g/version/1/apply'],
  ['models of others are predicted by what they are', `${VERTEX}/acme/models/churn:predict`],
  ['an old completion is gone', 'https://api.anthropic.com/v1/complete'],
])('%s', (_why, url) => {
  expect(routeOf(url)).toBeUndefined();
});
