import { inputTokenTotal, outputTokenTotal, type TokenUsage } from '@costspan/cost-model';
import type OpenAI from 'openai';
import { z } from 'zod';
import { tokenCount } from './draw-answer.ts';
import { openAiError } from './openai-usage.ts';
import {
  requestWithoutAnswer,
  type ModelAnswer,
  type WireApi,
  type WireCall,
  type WireEvent,
} from './wire-api.ts';

/** Output tokens of a square picture. */
const PICTURE_TOKENS = { low: 272, medium: 1056, high: 4160 } as const;
/** The smallest PNG: what a picture shows does not matter. */
const PICTURE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const bodySchema = z.looseObject({
  model: z.string().regex(/^gpt-image/, 'only the GPT image models are served'),
  prompt: z.string().min(1),
  n: z.int().min(1).max(10).nullish(),
  quality: z.enum(['low', 'medium', 'high', 'auto']).nullish(),
  stream: z.boolean().nullish(),
  partial_images: z.int().min(0).max(3).nullish(),
});

/** `POST /v1/images/generations`: usage in the body, or in `image_generation.completed`; no model and no id. */
export const openAiImages: WireApi = {
  path: '/v1/images/generations',
  api: 'images',
  provider: 'openai',
  read: readImages,
  error: openAiError,
};

function readImages(input: unknown): WireCall {
  const body = bodySchema.parse(input);
  const { n, quality, partial_images: partialImages } = body;
  const tokens = PICTURE_TOKENS[quality === 'auto' ? 'medium' : (quality ?? 'medium')];
  return {
    request: {
      ...requestWithoutAnswer(body.model, body.prompt),
      streamed: body.stream === true,
      drawUsage: () => ({ input: tokenCount(body.prompt.length), outputImage: tokens * (n ?? 1) }),
    },
    usageReported: true,
    responseId: () => null,
    body: (answer) => images(answer, n ?? 1),
    events: (answer) => imageEvents(answer, partialImages ?? 0),
  };
}

const PICTURE_FACTS = {
  background: 'opaque',
  output_format: 'png',
  quality: 'medium',
  size: '1024x1024',
} as const;

function images(answer: ModelAnswer, count: number): OpenAI.ImagesResponse {
  return {
    created: answer.createdUnixSeconds,
    ...PICTURE_FACTS,
    data: Array.from({ length: count }, () => ({ b64_json: PICTURE })),
    usage: {
      ...imageUsage(answer.usage),
      output_tokens_details: { image_tokens: answer.usage.outputImage ?? 0, text_tokens: 0 },
    },
  };
}

function imageUsage(usage: TokenUsage): OpenAI.ImageGenCompletedEvent.Usage {
  const { input = 0, inputImage = 0 } = usage;
  return {
    input_tokens: inputTokenTotal(usage),
    input_tokens_details: { text_tokens: input, image_tokens: inputImage },
    output_tokens: outputTokenTotal(usage),
    total_tokens: inputTokenTotal(usage) + outputTokenTotal(usage),
  };
}

function imageEvents(answer: ModelAnswer, partialImages: number): WireEvent[] {
  const event = (data: OpenAI.ImageGenStreamEvent): WireEvent => ({ name: data.type, data });
  const picture = { ...PICTURE_FACTS, b64_json: PICTURE, created_at: answer.createdUnixSeconds };
  return [
    ...Array.from({ length: partialImages }, (_, index) =>
      event({ type: 'image_generation.partial_image', ...picture, partial_image_index: index }),
    ),
    event({ type: 'image_generation.completed', ...picture, usage: imageUsage(answer.usage) }),
  ];
}
