import { expect, test } from 'vitest';
import { OllamaAnswer } from './ollama-answer.ts';

const LINE = { model: 'llama3.2', created_at: '2026-11-01T10:00:00Z' };

test('counts are final with the line that says that it is done', () => {
  const reader = new OllamaAnswer();
  reader.read({ ...LINE, done: false, prompt_eval_count: 26, eval_count: 3 });
  expect(reader.answer()).toMatchObject({ isRecognised: true, usage: undefined, isUsageFinal: false });
  reader.read({ ...LINE, done: true, done_reason: 'stop', prompt_eval_count: 26, eval_count: 282 });
  expect(reader.answer()).toMatchObject({ usage: { input: 26, output: 282 }, isUsageFinal: true });
});

test('a prompt that was in the cache is not counted, which is not the same as none', () => {
  const reader = new OllamaAnswer();
  reader.read({ ...LINE, done: true, eval_count: 18 });
  expect(reader.answer().usage).toEqual({ output: 18 });
});

test('the chat of an application is not recognised', () => {
  const reader = new OllamaAnswer();
  reader.read({ model: 'llama3.2', done: true, usage: { eval_count: 3 } });
  expect(reader.answer()).toMatchObject({ isRecognised: false, usage: undefined });
});
