import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WireFormat, WireRequest } from '../wire-format.ts';
import { mistralOcr } from './mistral-ocr.ts';
import { OpenAiAnswer } from './openai-answer.ts';
import { openAiBatches } from './openai-batches.ts';
import { openAiChat } from './openai-chat.ts';
import { openAiCompletions } from './openai-completions.ts';
import { openAiEmbeddings } from './openai-embeddings.ts';
import { openAiImages } from './openai-images.ts';
import { openAiResponses } from './openai-responses.ts';
import { openAiSpeech } from './openai-speech.ts';
import { openAiTranscriptions } from './openai-transcriptions.ts';
import { tokenRerank } from './token-rerank.ts';

const FORMATS: readonly WireFormat[] = [
  openAiChat,
  openAiCompletions,
  openAiResponses,
  openAiEmbeddings,
  openAiImages,
  openAiTranscriptions,
  openAiSpeech,
  openAiBatches,
  mistralOcr,
  tokenRerank,
];

const request = (fields: Partial<WireRequest> = {}): WireRequest => ({
  provider: 'openai',
  serverAddress: '10.0.3.7',
  serverPort: 8000,
  pathFields: {},
  bodyFields: {},
  ...fields,
});

test.each<[unknown, string | undefined]>([
  [{ code: 'rate_limit_exceeded', type: 'requests', message: 'Secret' }, 'rate_limit_exceeded'],
  [{ code: null, type: 'server_error', message: 'Secret' }, 'server_error'],
  [{ code: 502, message: 'Secret' }, '502'],
  [{ code: 400, type: 'BadRequestError', message: 'Secret' }, 'BadRequestError'],
  [{ code: 'The prompt "Secret" was refused', type: 'invalid_request_error' }, 'invalid_request_error'],
  [{ message: 'Secret' }, '_OTHER'],
  ['Secret', undefined],
  [null, undefined],
])('the error %j has the class %s', (error, errorType) => {
  const answer = new OpenAiAnswer(request());
  answer.putError(error);
  expect(answer.answer().errorType).toBe(errorType);
});

test.each<[string, Partial<WireRequest>, string | undefined]>([
  ['at an address that says nothing', {}, 'vllm'],
  ['at a host that is known', { serverAddress: 'api.openai.com' }, undefined],
  ['where the configuration says whose it is', { provider: 'groq' }, undefined],
  ['where the path says whose it is', { pathFields: { provider: 'deepseek' } }, 'deepseek'],
])('a model server %s', (_where, fields, provider) => {
  const answer = new OpenAiAnswer(request(fields));
  answer.putModelServer('vllm');
  expect(answer.answer().provider).toBe(provider);
});

test('what comes later goes before, and nothing takes nothing back', () => {
  const answer = new OpenAiAnswer(request());
  answer.putNames({ id: 'a', model: 'm', service_tier: 'auto' });
  answer.putNames({ id: '', model: null, service_tier: 'default' });
  expect(answer.answer()).toMatchObject({ responseId: 'a', responseModel: 'm', serviceTier: 'default' });
  expect(answer.putUsage(null, true)).toBe(false);
  expect(answer.putUsage({}, true)).toBe(false);
  expect(answer.answer()).toMatchObject({ usage: undefined, isUsageFinal: false });
  answer.putUsage({ prompt_tokens: 4, completion_tokens: 1, total_tokens: 5 }, false);
  expect(answer.answer()).toMatchObject({ usageIncomplete: 'lower_bound', isUsageFinal: false });
  answer.putUsage({ prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 }, true);
  expect(answer.answer()).toMatchObject({ usage: { input: 4, output: 5 }, isUsageFinal: true });
  expect(answer.answer().usageIncomplete).toBeUndefined();
});

const SECRET = 'a text that somebody wrote, '.repeat(30);

/** Documents with the names that answers have, and anything at all as their values. */
const document = fc.dictionary(
  fc.constantFrom(
    ...new Set(FORMATS.flatMap(({ answerFields }) => answerFields.flatMap((path) => path.split('.')))),
  ),
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom<unknown>(null, true, SECRET, 'completed', 'response', 'batch', 0, 1, -1, 1.5, 2 ** 60),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          'prompt_tokens',
          'type',
          'code',
          'status',
          'choices',
          'usage',
          'error',
          'finish_reason',
          'id',
        ),
        tie('value'),
        { maxKeys: 4 },
      ),
    ),
  })).value,
);

test('documents of any shape are read without harm, and no text is kept', () => {
  fc.assert(
    fc.property(fc.array(document, { maxLength: 5 }), fc.constantFrom(...FORMATS), (documents, format) => {
      const reader = format.newReader(request({ bodyFields: { model: SECRET, input: SECRET, n: SECRET } }));
      reader.readHead?.({ statusCode: 200, header: () => SECRET });
      for (const each of documents) {
        reader.read(each, undefined);
        expect(JSON.stringify(reader.answer())).not.toContain('somebody');
      }
    }),
    { numRuns: 500 },
  );
});
