import { anthropicMessages } from './anthropic-messages.ts';
import { azureOpenAi } from './azure-openai.ts';
import { bedrockConverse, bedrockConverseStream } from './bedrock-converse.ts';
import { bedrockInvokeModel, bedrockInvokeModelStream } from './bedrock-invoke-model.ts';
import { cohereChat } from './cohere-chat.ts';
import { cohereChatV1 } from './cohere-chat-v1.ts';
import { cohereEmbed } from './cohere-embed.ts';
import { cohereRerank, cohereRerankV1 } from './cohere-rerank.ts';
import { geminiBatchEmbedContents, geminiEmbedContent } from './gemini-embed-content.ts';
import { geminiGenerateContent, geminiStreamGenerateContent } from './gemini-generate-content.ts';
import { mistralChat } from './mistral-chat.ts';
import { mistralEmbeddings } from './mistral-embeddings.ts';
import { ollamaChat } from './ollama-chat.ts';
import { openAiBatches } from './openai-batches.ts';
import { openAiChat } from './openai-chat.ts';
import { openAiEmbeddings } from './openai-embeddings.ts';
import { openAiImages } from './openai-images.ts';
import { openAiResponses } from './openai-responses.ts';
import { openAiSpeech } from './openai-speech.ts';
import { openAiTranscriptions } from './openai-transcriptions.ts';
import { vertex } from './vertex.ts';
import type { WireApi } from './wire-api.ts';

const GEMINI: readonly WireApi[] = [
  geminiGenerateContent,
  geminiStreamGenerateContent,
  geminiEmbedContent,
  geminiBatchEmbedContents,
];

const APIS: readonly WireApi[] = [
  openAiChat,
  openAiResponses,
  openAiEmbeddings,
  openAiImages,
  openAiTranscriptions,
  openAiSpeech,
  openAiBatches,
  ...azureOpenAi,
  anthropicMessages,
  bedrockConverse,
  bedrockConverseStream,
  bedrockInvokeModel,
  bedrockInvokeModelStream,
  ...GEMINI,
  // The version that SDKs before 3 ask for.
  ...GEMINI.map((api) => ({ ...api, path: api.path.replace('/v1/', '/v1beta/') })),
  ...vertex,
  mistralChat,
  mistralEmbeddings,
  cohereChat,
  cohereChatV1,
  cohereEmbed,
  cohereRerank,
  cohereRerankV1,
  ollamaChat,
];

const EXACT: ReadonlyMap<string, WireApi> = new Map(APIS.map((api) => [api.path, api]));
const WITH_PARAMETERS: readonly (readonly [pattern: RegExp, api: WireApi])[] = APIS.filter((api) =>
  api.path.includes('{'),
).map((api) => [pathPattern(api.path), api]);

/** The paths that are served, as a client may be told them. */
export const SERVED_PATHS: readonly string[] = APIS.map((api) => api.path);

export interface WireRoute {
  readonly api: WireApi;
  /** The model that the path names; empty where the body does. */
  readonly pathModel: string;
}

/** Which endpoint serves a path. */
export function findWireRoute(path: string): WireRoute | undefined {
  const exact = EXACT.get(path);
  if (exact !== undefined) return { api: exact, pathModel: '' };
  for (const [pattern, api] of WITH_PARAMETERS) {
    const match = pattern.exec(path);
    const model = match === null ? undefined : decoded(match.groups?.['model'] ?? '');
    if (model !== undefined) return { api, pathModel: model };
  }
  return undefined;
}

/** `/v1/models/{model}:embedContent` as an expression; every name in braces stands for one segment. */
function pathPattern(template: string): RegExp {
  const pattern = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'model' ? '(?<model>[^/]+)' : '[^/]+',
  );
  return new RegExp(`^${pattern}$`);
}

/** `undefined` for what is no part of a path. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
