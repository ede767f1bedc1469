import type { CallConditions, TokenUsage, UsageBucket } from '@costspan/cost-model';
import { disjointUsage, fieldsOf, type JsonFields, tokenCount } from '@costspan/semconv';
import type { WireAnswer, WireFormat } from '../wire-format.ts';
import { ERROR_FIELDS, GATEWAY_FIELDS } from './openai-answer.ts';
import { OpenAiReader } from './openai-reader.ts';
import { openAiRoutes } from './openai-routes.ts';
import { shortText } from './short-text.ts';

/** What an image's price can depend on. */
const CONDITIONS = ['size', 'quality', 'resolution'] as const;

/**
 * OpenAI's images: made, edited and varied. GPT image models state tokens, in a stream with each finished image; DALL·E
 * and xAI's models are billed by the image, at the size, quality and resolution that were asked for.
 *
 * @see https://platform.openai.com/docs/api-reference/images
 * @see https://docs.x.ai/docs/guides/image-generations
 */
export const openAiImages: WireFormat = {
  name: 'openai-images',
  operation: 'image_generation',
  defaultProvider: 'openai',
  routes: ['generations', 'edits', 'variations'].flatMap((ending) =>
    openAiRoutes(ending, `images/${ending}`, { isCommon: true }),
  ),
  answerFields: [
    'id',
    'type',
    'model',
    'created',
    'usage',
    'svg_usage.total_tokens',
    ...ERROR_FIELDS,
    ...CONDITIONS,
    ...GATEWAY_FIELDS,
  ],
  eventKeys: ['usage', 'error'],
  requestFields: ['model', 'n', ...CONDITIONS],
  newReader: (request) => new ImagesReader(request),
};

class ImagesReader extends OpenAiReader {
  #images = 0;
  #tokens: TokenUsage | undefined;
  #stated: JsonFields = {};

  read(document: JsonFields): void {
    const answer = this.stated;
    const type = shortText(document['type']);
    answer.putNames(document);
    answer.putError(type === 'error' ? (document['error'] ?? document) : document['error']);
    const isFinished = type === undefined || type.endsWith('.completed');
    const usage = fieldsOf(document['usage']);
    const isWhole = type === undefined && (usage ?? tokenCount(document['created'])) !== undefined;
    if (type?.startsWith('image_') === true || isWhole) answer.put({ isRecognised: true });
    if (!isFinished) return;
    // All that were asked for are made, or none.
    if (isWhole) this.#images += countOf(answer.request.bodyFields['n']) ?? 1;
    else if (type !== undefined) this.#images++;
    this.#stated = { ...this.#stated, ...document };
    if (usage !== undefined) this.#putUsage(usage);
    if ((tokenCount(fieldsOf(document['svg_usage'])?.['total_tokens']) ?? 0) > 0) {
      // Another model drew the lines, at its own price.
      answer.put({ usageIncomplete: 'lower_bound' });
    }
  }

  override answer(): WireAnswer {
    const answer = super.answer();
    const usage = this.#tokens ?? (this.#images > 0 ? { images: this.#images } : undefined);
    return { ...answer, usage, isUsageFinal: usage !== undefined, conditions: this.#conditions() };
  }

  #putUsage(fields: JsonFields): void {
    this.stated.putUsage(fields, true);
    const tokens = imageTokens(fields);
    if (tokens !== undefined) this.#tokens = sum(this.#tokens ?? {}, tokens);
  }

  #conditions(): CallConditions | undefined {
    const { bodyFields } = this.stated.request;
    const conditions: Record<string, string> = {};
    for (const name of CONDITIONS) {
      const value = shortText(this.#stated[name]) ?? shortText(bodyFields[name]);
      if (value !== undefined) conditions[name] = value.toLowerCase();
    }
    return Object.keys(conditions).length === 0 ? undefined : conditions;
  }
}

/** A form has its numbers as texts. */
function countOf(value: unknown): number | undefined {
  return tokenCount(typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value);
}

/** All that comes out is images, where the details do not say otherwise. */
function imageTokens(usage: JsonFields): TokenUsage | undefined {
  const input = fieldsOf(usage['input_tokens_details']);
  const output = fieldsOf(usage['output_tokens_details']);
  const cached = fieldsOf(input?.['cached_tokens_details'] ?? usage['cached_tokens_details']);
  const outputTokens = tokenCount(usage['output_tokens']);
  const tokens = disjointUsage({
    input: tokenCount(usage['input_tokens']),
    inputImage: tokenCount(input?.['image_tokens']),
    cacheRead: tokenCount(input?.['cached_tokens'] ?? usage['cached_tokens']),
    cacheReadImage: tokenCount(cached?.['image_tokens'] ?? cached?.['cached_image_tokens']),
    output: outputTokens,
    outputImage: tokenCount(output?.['image_tokens']) ?? outputTokens,
    inputIncludesCache: true,
    outputIncludesReasoning: true,
  }).usage;
  return tokens !== undefined && Object.values(tokens).some((count) => count > 0) ? tokens : undefined;
}

/** Each image of a stream states its own tokens. */
function sum(first: TokenUsage, second: TokenUsage): TokenUsage {
  const total: { [bucket in UsageBucket]?: number } = { ...first };
  for (const [bucket, count] of Object.entries(second) as [UsageBucket, number][]) {
    total[bucket] = (total[bucket] ?? 0) + count;
  }
  return total;
}
