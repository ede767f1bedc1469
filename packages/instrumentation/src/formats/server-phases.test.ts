import { expect, test } from 'vitest';
import type { WireResponseHead } from '../wire-format.ts';
import { llamaPhases, ollamaPhases, sglangPhases, tgiPhases } from './server-phases.ts';

test('Ollama leaves out what took no time', () => {
  const answer = { done: true, total_duration: 90, load_duration: 20, eval_duration: 50 };
  expect(ollamaPhases(answer)).toEqual({ loadNanos: 20, prefillNanos: 0, decodeNanos: 50 });
});

test('embeddings of Ollama are computed after the model is loaded', () => {
  expect(ollamaPhases({ total_duration: 90, load_duration: 20 })).toEqual({
    loadNanos: 20,
    computeNanos: 70,
  });
  expect(ollamaPhases({ total_duration: 90, load_duration: 91 })).toEqual({ loadNanos: 91 });
});

test.each([{}, { done: true }, { done: true, total_duration: -1 }, { done: true, total_duration: '90' }])(
  'Ollama tells nothing in %j',
  (answer) => {
    expect(ollamaPhases(answer)).toBeUndefined();
  },
);

test('what Ollama’s cloud takes is not one’s own', () => {
  const answer = { done: true, total_duration: 90, eval_duration: 50, remote_host: 'https://ollama.com' };
  expect(ollamaPhases(answer)).toBeUndefined();
});

test('llama.cpp counts milliseconds with fractions', () => {
  expect(llamaPhases({ prompt_ms: 30.958, predicted_ms: 661.5 })).toEqual({
    prefillNanos: 30_958_000,
    decodeNanos: 661_500_000,
  });
});

test.each([{}, { prompt_ms: 1 }, { prompt_ms: -1, predicted_ms: 1 }, { prompt_ms: 1, predicted_ms: null }])(
  'llama.cpp tells nothing in %j',
  (timings) => {
    expect(llamaPhases(timings)).toBeUndefined();
  },
);

function head(headers: Readonly<Record<string, string>>): WireResponseHead {
  return { statusCode: 200, header: (name) => headers[name] };
}

test('TGI checks a request before it is queued', () => {
  const headers = { 'x-validation-time': '2', 'x-queue-time': '5', 'x-inference-time': '470' };
  expect(tgiPhases(head(headers))).toEqual({ queueNanos: 7_000_000, computeNanos: 470_000_000 });
});

test('TGI need not say how long it waited', () => {
  const computeNanos = 470_000_000;
  expect(tgiPhases(head({ 'x-inference-time': '470' }))).toEqual({ computeNanos });
  expect(tgiPhases(head({ 'x-queue-time': '5', 'x-inference-time': '470' }))).toEqual({
    queueNanos: 5_000_000,
    computeNanos,
  });
});

test.each<Record<string, string>>([
  {},
  { 'x-queue-time': '5' },
  { 'x-queue-time': '5', 'x-inference-time': '-470' },
  { 'x-queue-time': '5', 'x-inference-time': '470ms' },
  { 'x-queue-time': '5', 'x-inference-time': '9999999999999999' },
])('TGI tells nothing in %j', (headers) => {
  expect(tgiPhases(head(headers))).toBeUndefined();
});

test('with SGLang all that came before the first batch was waiting', () => {
  const told = { e2e_latency: 0.25, inference_time: 0.1875, queue_time: 0.03 };
  expect(sglangPhases(told)).toEqual({ queueNanos: 62_500_000, computeNanos: 187_500_000 });
});

test('of an inference that is longer than the request SGLang’s queue is left', () => {
  expect(sglangPhases({ e2e_latency: 0.25, inference_time: 0.5, queue_time: 0.03 })).toEqual({
    queueNanos: 30_000_000,
  });
  expect(sglangPhases({ e2e_latency: 0.25 })).toBeUndefined();
});
