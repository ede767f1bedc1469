import { expect, test } from 'vitest';
import { llamaDurations, serverDurations } from './server-durations.ts';

test('a request takes as long as it waits, reads and writes', () => {
  expect(serverDurations({ queue_time: 0.05, prompt_time: 0.01, completion_time: 0.2 }, 40)).toEqual({
    'gen_ai.server.request.duration': 0.26,
    'gen_ai.server.time_to_first_token': 0.06,
    'gen_ai.server.time_per_output_token': 0.005,
  });
});

test('nothing was written', () => {
  expect(serverDurations({ prompt_time: 0.01, completion_time: 0 }, 0)).toEqual({
    'gen_ai.server.request.duration': 0.01,
    'gen_ai.server.time_to_first_token': 0.01,
  });
});

test.each([
  {},
  { prompt_time: 1 },
  { prompt_time: -1, completion_time: 1 },
  { prompt_time: '1', completion_time: 1 },
])('%j says nothing', (times) => {
  expect(serverDurations(times, 1)).toBeUndefined();
});

test('llama.cpp counts milliseconds', () => {
  expect(llamaDurations({ prompt_ms: 30, predicted_ms: 660, predicted_n: 33 })).toEqual({
    'gen_ai.server.request.duration': 0.69,
    'gen_ai.server.time_to_first_token': 0.03,
    'gen_ai.server.time_per_output_token': 0.02,
  });
  expect(llamaDurations({})).toBeUndefined();
});
