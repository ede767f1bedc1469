import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WIRE_FORMATS } from '../src/formats/wire-formats.ts';
import type { WireAnswer, WireFormat, WireRequest } from '../src/wire-format.ts';

const NAME_CHARACTERS_MAX = 512;

/** Formats whose streams state usage before it is whole; their output is then unknown. */
const STREAMED = /^(?:anthropic|bedrock|gemini|cohere|ollama|llama|tgi)/;

const FORMATS = WIRE_FORMATS.filter(({ name }) => STREAMED.test(name));

const REQUEST: WireRequest = {
  provider: 'anthropic',
  serverAddress: 'bedrock-runtime.us-east-1.amazonaws.com',
  serverPort: 443,
  pathFields: { model: 'gemini-embedding-001', region: 'us-east1' },
  bodyFields: {},
};

/** Words that decide how a document is read, and what has no place in one. */
const leaf = fc.oneof(
  fc.constantFrom(
    'message',
    'message_start',
    'message_delta',
    'content_block_start',
    'refusal',
    'fallback',
    'interaction',
    'completed',
    'failed',
    'STOP',
    true,
    false,
    null,
  ),
  fc.nat(1_000_000),
  fc.double(),
  fc.string({ unit: 'grapheme', maxLength: 2000 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** A document that has some of the fields that a format reads, with anything in them. */
function documentOf({ answerFields }: WireFormat): fc.Arbitrary<Record<string, unknown>> {
  const names = [...answerFields, ...answerFields.flatMap(usageFieldsBelow)];
  return fc.uniqueArray(fc.tuple(fc.constantFrom(...names), leaf), { maxLength: 12 }).map((fields) => {
    const document: Record<string, unknown> = {};
    for (const [path, value] of fields) put(document, path.split('.'), value);
    return document;
  });
}

/** What providers state below a usage object that is taken whole. */
function usageFieldsBelow(path: string): string[] {
  if (!/(?:usage|usageMetadata|metrics|Metrics|billed_units|timings|meta)$/.test(path)) return [];
  return [
    'input_tokens',
    'output_tokens',
    'cache_creation_input_tokens',
    'iterations',
    'inputTokens',
    'outputTokens',
    'cacheDetails',
    'inputTokenCount',
    'promptTokenCount',
    'candidatesTokenCount',
    'thoughtsTokenCount',
    'promptTokensDetails',
    'total_input_tokens',
    'total_output_tokens',
    'prompt_tokens',
    'search_units',
    'cache_n',
  ].map((name) => `${path}.${name}`);
}

function put(
  container: Record<string, unknown>,
  [name = '', ...rest]: readonly string[],
  value: unknown,
): void {
  if (rest[0] === '*') {
    const element: Record<string, unknown> = {};
    if (rest.length > 1) put(element, rest.slice(1), value);
    container[name] = [element, value];
  } else if (rest.length === 0) container[name] = value;
  else {
    const known = container[name];
    const inner = typeof known === 'object' && known !== null && !Array.isArray(known) ? { ...known } : {};
    put(inner as Record<string, unknown>, rest, value);
    container[name] = inner;
  }
}

function checkAnswer(answer: WireAnswer): void {
  const {
    usage,
    isUsageFinal,
    finishReasons = [],
    conditions,
    serverTimings,
    phases,
    reportedCost,
    ...texts
  } = answer;
  for (const quantity of Object.values(usage ?? {})) {
    expect(Number.isSafeInteger(quantity) && quantity >= 0).toBe(true);
  }
  if (isUsageFinal) expect(usage).toBeDefined();
  else expect(usage?.output ?? usage?.reasoning ?? usage?.outputAudio ?? usage?.outputImage).toBeUndefined();
  expect(finishReasons.length).toBeLessThanOrEqual(8);
  const names = [...Object.values(texts), ...finishReasons, ...Object.values(conditions ?? {})];
  for (const name of names) {
    if (typeof name === 'string') expect(name.length).toBeLessThanOrEqual(NAME_CHARACTERS_MAX);
    else expect(name === undefined || typeof name === 'boolean').toBe(true);
  }
  for (const nanos of Object.values(phases ?? {})) {
    expect(nanos === undefined || (Number.isSafeInteger(nanos) && nanos >= 0)).toBe(true);
  }
  for (const seconds of Object.values(serverTimings ?? {})) expect(seconds).toBeGreaterThanOrEqual(0);
  if (reportedCost !== undefined) expect(Number.isSafeInteger(reportedCost.amountPico)).toBe(true);
}

test.each(FORMATS)('$name withstands answers that are not what they should be', (format) => {
  const events = fc.array(
    fc.tuple(documentOf(format), fc.constantFrom(undefined, 'chunk', 'metadata', 'throttlingException')),
    { maxLength: 5 },
  );
  const head = fc.dictionary(
    fc.constantFrom(
      'x-amzn-bedrock-input-token-count',
      'x-prompt-tokens',
      'x-total-time',
      'x-queue-time',
      'x-inference-time',
      'x-validation-time',
      'x-amzn-requestid',
    ),
    fc.oneof(fc.string({ maxLength: 600 }), fc.maxSafeNat().map(String), fc.nat().map(String)),
  );
  fc.assert(
    fc.property(events, head, (documents, headers) => {
      const reader = format.newReader(REQUEST);
      reader.readHead?.({ statusCode: 200, header: (name) => headers[name] });
      checkAnswer(reader.answer());
      for (const [document, eventName] of documents) {
        reader.read(document, eventName);
        checkAnswer(reader.answer());
      }
    }),
    { numRuns: 300 },
  );
});
