import { inputTokenTotal } from '@costspan/cost-model';
import { z } from 'zod';
import { geminiError } from './gemini-error.ts';
import { googleServerSentEvents } from './server-sent-events.ts';
import { namedServiceTier } from './service-tier.ts';
import { characterCount, type ModelAnswer, type WireApi, type WireCall, type WireEvent } from './wire-api.ts';

const contentSchema = z.looseObject({ parts: z.array(z.looseObject({})) });
const functionSchema = z.looseObject({ name: z.string() });
const bodySchema = z.looseObject({
  contents: z.array(contentSchema).min(1),
  systemInstruction: contentSchema.optional(),
  tools: z.array(z.looseObject({ functionDeclarations: z.array(functionSchema).optional() })).optional(),
  generationConfig: z.looseObject({ maxOutputTokens: z.int().positive().optional() }).optional(),
  serviceTier: z.string().optional(),
});

/** `POST /v1/models/{model}:generateContent`: usage in the body; thoughts are beside the candidates' tokens. */
export const geminiGenerateContent: WireApi = {
  path: '/v1/models/{model}:generateContent',
  api: 'generate_content',
  provider: 'gcp.gemini',
  read: (body, model) => readGenerateContent(body, model, false),
  error: geminiError,
};

/** `POST /v1/models/{model}:streamGenerateContent?alt=sse`: every event has the usage so far. */
export const geminiStreamGenerateContent: WireApi = {
  ...geminiGenerateContent,
  path: '/v1/models/{model}:streamGenerateContent',
  framing: googleServerSentEvents,
  read: (body, model) => readGenerateContent(body, model, true),
};

function readGenerateContent(input: unknown, model: string, streamed: boolean): WireCall {
  const body = bodySchema.parse(input);
  const parts = body.contents.flatMap((content) => content.parts);
  const functions = (body.tools ?? []).flatMap((tool) => tool.functionDeclarations ?? []);
  return {
    request: {
      model,
      streamed,
      promptCharacters: characterCount([body.systemInstruction, body.contents, body.tools]),
      tools: functions.map((declared) => ({
        name: declared.name,
        parameters: declared['parametersJsonSchema'] ?? declared['parameters'],
      })),
      toolResults: parts.filter((part) => 'functionResponse' in part).length,
      outputTokensMax: body.generationConfig?.maxOutputTokens,
      cachePrefix: undefined,
      serviceTier: namedServiceTier(body.serviceTier),
    },
    usageReported: true,
    responseId: ({ id }) => id,
    headers: ({ serviceTier = 'standard' }) => ({ 'x-gemini-service-tier': serviceTier }),
    body: (answer) => response(answer, part(answer), 1),
    events: responseEvents,
  };
}

/** @param share how much of the answer has been said; a stream's last event has all of it. */
function response(answer: ModelAnswer, said: object, share: number): object {
  return {
    candidates: [
      {
        content: { parts: [said], role: 'model' },
        ...(share === 1 && { finishReason: 'STOP' }),
        index: 0,
      },
    ],
    usageMetadata: usageMetadata(answer, share),
    modelVersion: answer.model,
    responseId: answer.id,
  };
}

/** The prompt's count contains the cached tokens, the candidates' count does not contain the thoughts. */
function usageMetadata({ usage, serviceTier = 'standard' }: ModelAnswer, share: number): object {
  const prompt = inputTokenTotal(usage);
  const candidates = Math.floor((usage.output ?? 0) * share);
  const { reasoning = 0, cacheRead = 0 } = usage;
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: candidates,
    totalTokenCount: prompt + candidates + reasoning,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
    ...(cacheRead > 0 && {
      cachedContentTokenCount: cacheRead,
      cacheTokensDetails: [{ modality: 'TEXT', tokenCount: cacheRead }],
    }),
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
    serviceTier,
  };
}

function part({ toolCall, textPieces }: ModelAnswer): object {
  if (toolCall === undefined) return { text: textPieces.join('') };
  return { functionCall: { id: toolCall.id, name: toolCall.name, args: JSON.parse(toolCall.arguments) } };
}

function responseEvents(answer: ModelAnswer): WireEvent[] {
  const pieces = answer.toolCall ? [part(answer)] : answer.textPieces.map((text) => ({ text }));
  return pieces.map((piece, index) => ({
    data: response(answer, piece, (index + 1) / pieces.length),
    isPiece: true,
  }));
}
