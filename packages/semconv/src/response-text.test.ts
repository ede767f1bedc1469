import { expect, test } from 'vitest';
import { spanView } from '../test/span-view-fixture.ts';
import { jsonFieldAtStart, modelInResponse, responseFacts, usageInResponse } from './response-text.ts';

function facts(response: string, mimeType = 'application/json'): ReturnType<typeof responseFacts> {
  return responseFacts(spanView({ 'output.value': response, 'output.mime_type': mimeType }));
}

const NONE = { responseId: undefined, serviceTier: undefined, isEstimated: false };

test('the id at the start and the tier at the end of a response are found around any content', () => {
  const content = 'word '.repeat(10_000);
  const response = `{"id":"chatcmpl-1","model":"gpt-5","choices":[{"content":"${content}"}],"service_tier":"flex"}`;
  expect(facts(response)).toEqual({
    responseId: 'chatcmpl-1',
    serviceTier: 'flex',
    isEstimated: false,
  });
});

test('what a model says cannot pass for a field', () => {
  const said = JSON.stringify('{"id":"chatcmpl-false","service_tier":"priority","model":"o1"}');
  expect(facts(`{"content":${said}}`)).toEqual(NONE);
  expect(facts('{"id":"chatcmpl-false","service_tier":"priority"}', 'text/plain')).toEqual(NONE);
  expect(facts(`{"generations":[[{"text":${said}}]]}`)).toEqual(NONE);
  // The end of the response begins in the middle of what was said.
  for (let padding = 700; padding < 800; padding += 1) {
    expect(facts(`{"content":"${'x'.repeat(padding)}${said.slice(1)}}`)).toEqual(NONE);
  }
});

test.each([
  '',
  '{',
  '{"id":"',
  '{"id":"cut',
  '{"id":""}',
  '{"id":"a b"}',
  `{"id":"${'x'.repeat(200)}"}`,
  '{"id":"ä"}',
])('%j has no id', (response) => {
  expect(facts(response)).toEqual(NONE);
});

test('the model is read before the content only', () => {
  const modelOf = (value: string): string | undefined =>
    modelInResponse(spanView({ 'output.value': value, 'output.mime_type': 'application/json' }));
  expect(modelOf('{"id":"msg_1","model":"claude-sonnet-4-5"}')).toBe('claude-sonnet-4-5');
  expect(modelOf(`{"content":${JSON.stringify('"model":"o1"')}}`)).toBeUndefined();
  expect(modelOf(`{"content":"${'x'.repeat(500)}","model":"o1"}`)).toBeUndefined();
});

test("LangChain's answer has the provider's id, not its own or a tool call's", () => {
  const answer = (kwargs: string): string =>
    `{"generations":[[{"text":"","message":{"kwargs":{${kwargs}}}}]]}`;
  const tool = '"tool_calls":[{"id":"call_1"}]';
  expect(facts(answer(`${tool},"id":"resp_1"`)).responseId).toBe('resp_1');
  expect(facts(answer('"id":"run-1"')).responseId).toBeUndefined();
});

test('usage that LangChain worked out itself is an estimate, unless the provider stated it too', () => {
  const own = '"llmOutput":{"estimatedTokenUsage":{"promptTokens":3}}';
  expect(facts(`{"generations":[[]],${own}}`).isEstimated).toBe(true);
  expect(facts(`{"generations":[[{"usage_metadata":{}}]],${own}}`).isEstimated).toBe(false);
});

test('the field that a request begins with is read, and no other', () => {
  const span = spanView({ 'input.value': '{"modelId":"us.anthropic.claude-sonnet-4-5-v1:0","messages":[]}' });
  expect(jsonFieldAtStart(span, 'input.value', 'modelId')).toBe('us.anthropic.claude-sonnet-4-5-v1:0');
  expect(jsonFieldAtStart(span, 'input.value', 'messages')).toBeUndefined();
});

const STATED = { input: 176, output: 350 };
const USAGE = { input_tokens: 176, output_tokens: 350, cache_read_input_tokens: 1024 };

function cacheReadIn(response: string, stated: object = STATED): number | undefined {
  const span = spanView({ 'output.value': response, 'output.mime_type': 'application/json' });
  return usageInResponse(span, stated)?.counts.cacheRead;
}

test('the usage at the end of a response is read, with the cache beside the stated input or within it', () => {
  const response = JSON.stringify({
    content: 'word '.repeat(10_000),
    usage: USAGE,
    metrics: { latencyMs: 1 },
  });
  expect(cacheReadIn(response)).toBe(1024);
  expect(cacheReadIn(response, { input: 1200, output: 350 })).toBe(1024);
  const guardrail = { invocationMetrics: { usage: { topicPolicyUnits: 1 } } };
  expect(cacheReadIn(JSON.stringify({ usage: USAGE, trace: { guardrail } }))).toBe(1024);
  // Python's notation.
  expect(
    cacheReadIn('{"usage": {"input_tokens": 176, "output_tokens": 350, "cache_read_input_tokens": 9}}'),
  ).toBe(9);
});

test.each([
  [{ input: 177, output: 350 }],
  [{ input: 176, output: 351 }],
  [{ input: 176, output: undefined }],
  [{ input: undefined, output: 350 }],
])('usage of other tokens than %j is not of the response', (stated) => {
  expect(cacheReadIn(JSON.stringify({ usage: USAGE }), stated)).toBeUndefined();
});

test.each([
  '',
  '{"usage":{',
  '{"usage":{}}',
  '{"usage":{{}}}',
  '{"usage":{"input_tokens":176,"output_tokens":350}}',
  '{"usage":{"inputTokens":176,"outputTokens":350,"cacheReadInputTokenCount":1024}}',
  '{"usage":{"input_tokens":"176","output_tokens":350,"cache_read_input_tokens":1024}}',
  `{"content":${JSON.stringify(JSON.stringify({ usage: USAGE }))}}`,
  JSON.stringify({ usage: USAGE, content: 'x'.repeat(2000) }),
])('%j says nothing of the cache', (response) => {
  expect(cacheReadIn(response)).toBeUndefined();
});
