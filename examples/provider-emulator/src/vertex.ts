import { z } from 'zod';
import { anthropicMessages } from './anthropic-messages.ts';
import { tokenCount } from './draw-answer.ts';
import { geminiError } from './gemini-error.ts';
import { geminiGenerateContent, geminiStreamGenerateContent } from './gemini-generate-content.ts';
import { unitVector } from './unit-vector.ts';
import {
  requestWithoutAnswer,
  type ModelAnswer,
  type WireApi,
  type WireCall,
  type WireEvent,
} from './wire-api.ts';

const PROJECT = 'projects/{project}/locations/{location}/';
const DEFAULT_DIMENSIONS = 768;

/** Vertex AI: Gemini's endpoints, embeddings by `predict`, and Anthropic's models by their own body. */
export const vertex: readonly WireApi[] = [
  ...['v1', 'v1beta1'].flatMap((version) =>
    // With a key in place of an account, the project is left out.
    [PROJECT, ''].flatMap((project) =>
      googleModels(`/${version}/${project}publishers/google/models/{model}`),
    ),
  ),
  rawPredict('rawPredict'),
  rawPredict('streamRawPredict'),
];

function googleModels(path: string): WireApi[] {
  return [
    { ...inVertex(geminiGenerateContent), path: `${path}:generateContent` },
    { ...inVertex(geminiStreamGenerateContent), path: `${path}:streamGenerateContent` },
    {
      path: `${path}:predict`,
      api: 'embeddings',
      provider: 'gcp.vertex_ai',
      read: readPredict,
      error: geminiError,
    },
  ];
}

function inVertex(api: WireApi): WireApi {
  return {
    ...api,
    provider: 'gcp.vertex_ai',
    read: (body, model) => {
      const call = api.read(body, model);
      return {
        ...call,
        headers: () => ({}),
        body: (answer) => ofVertex(call.body(answer)),
        events: (answer) =>
          call.events(answer).map((event) => ({ ...event, data: ofVertex(event.data as object) })),
      };
    },
  };
}

/** Vertex AI says how the capacity was bought where the Gemini API says the tier. */
function ofVertex(document: object): object {
  const { usageMetadata, ...rest } = document as { usageMetadata: { serviceTier?: string } };
  const { serviceTier: _, ...counts } = usageMetadata;
  return { ...rest, usageMetadata: { ...counts, trafficType: 'ON_DEMAND' } };
}

const predictSchema = z.looseObject({
  instances: z.array(z.looseObject({ content: z.string() })).min(1),
  parameters: z.looseObject({ outputDimensionality: z.int().positive().optional() }).optional(),
});

/** The tokens of each text are beside its vector. */
function readPredict(input: unknown, model: string): WireCall {
  const { instances, parameters } = predictSchema.parse(input);
  const texts = instances.map((instance) => instance.content);
  const tokensOf = (text: string): number => tokenCount(text.length);
  return {
    request: {
      ...requestWithoutAnswer(model, texts),
      drawUsage: () => ({ input: texts.reduce((sum, text) => sum + tokensOf(text), 0) }),
    },
    usageReported: true,
    responseId: () => null,
    body: () => ({
      predictions: texts.map((text) => ({
        embeddings: {
          values: [...unitVector(text, parameters?.outputDimensionality ?? DEFAULT_DIMENSIONS)],
          statistics: { token_count: tokensOf(text), truncated: false },
        },
      })),
      metadata: { billableCharacterCount: texts.join('').length },
    }),
    events: () => [],
  };
}

const claudeSchema = z.looseObject({ anthropic_version: z.literal('vertex-2023-10-16') });

function rawPredict(method: 'rawPredict' | 'streamRawPredict'): WireApi {
  return {
    ...anthropicMessages,
    path: `/v1/${PROJECT}publishers/anthropic/models/{model}:${method}`,
    provider: 'gcp.vertex_ai',
    read: (body, model) => {
      const call = anthropicMessages.read({ ...claudeSchema.parse(body), model }, '');
      return {
        ...call,
        responseId: (answer) => call.responseId(vertexAnswer(answer)),
        body: (answer) => call.body(vertexAnswer(answer)),
        events: (answer): readonly WireEvent[] => call.events(vertexAnswer(answer)),
      };
    },
  };
}

function vertexAnswer(answer: ModelAnswer): ModelAnswer {
  return { ...answer, id: `vrtx_${answer.id}` };
}
