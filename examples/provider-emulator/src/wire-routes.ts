import { anthropicMessages } from './anthropic-messages.ts';
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
import { openAiChat } from './openai-chat.ts';
import { openAiEmbeddings } from './openai-embeddings.ts';
import { openAiResponses } from './openai-responses.ts';
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
  anthropicMessages,
  bedrockConverse,
  bedrockConverseStream,
  bedrockInvokeModel,
  bedrockInvokeModelStream,
  ...GEMINI,
  // The version that SDKs before 3 ask for.
  ...GEMINI.map((api) => ({ ...api, path: api.path.replace('/v1/', '/v1beta/') })),
  mistralChat,
  mistralEmbeddings,
  cohereChat,
  cohereChatV1,
  cohereEmbed,
  cohereRerank,
  cohereRerankV1,
];

const MODEL = '{model}';
const EXACT: ReadonlyMap<string, WireApi> = new Map(APIS.map((api) => [api.path, api]));
const WITH_MODEL: readonly (readonly [head: string, tail: string, api: WireApi])[] = APIS.filter((api) =>
  api.path.includes(MODEL),
).map((api) => {
  const [head = '', tail = ''] = api.path.split(MODEL);
  return [head, tail, api];
});

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
  for (const [head, tail, api] of WITH_MODEL) {
    if (!path.startsWith(head) || !path.endsWith(tail)) continue;
    const model = decoded(path.slice(head.length, path.length - tail.length));
    if (model !== undefined) return { api, pathModel: model };
  }
  return undefined;
}

/** `undefined` for what is no segment of a path. */
function decoded(segment: string): string | undefined {
  if (segment === '' || segment.includes('/')) return undefined;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
