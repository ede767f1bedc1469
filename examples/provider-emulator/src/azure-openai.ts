import { openAiChat } from './openai-chat.ts';
import { openAiEmbeddings } from './openai-embeddings.ts';
import { openAiImages } from './openai-images.ts';
import { openAiResponses } from './openai-responses.ts';
import type { WireApi, WireCall, WireEvent } from './wire-api.ts';

/** A deployment may have any name; here it is the name of its model. */
const DEPLOYMENT = '/openai/deployments/{model}';

/** OpenAI's endpoints in Azure: with the deployment in the path, or as OpenAI has them, below `/openai`. */
export const azureOpenAi: readonly WireApi[] = [
  deployed(openAiChat, '/chat/completions'),
  deployed(openAiEmbeddings, '/embeddings'),
  deployed(openAiImages, '/images/generations'),
  ...[openAiChat, openAiResponses, openAiEmbeddings].map(inAzure),
  { ...inAzure(openAiResponses), path: '/openai/responses' },
];

function deployed(api: WireApi, tail: string): WireApi {
  return {
    ...inAzure(api),
    path: `${DEPLOYMENT}${tail}`,
    read: (body, model) => filtered(api, api.read({ ...(body as object), model }, '')),
  };
}

function inAzure(api: WireApi): WireApi {
  return {
    ...api,
    path: `/openai${api.path}`,
    provider: 'azure.ai.openai',
    read: (body) => filtered(api, api.read(body, '')),
  };
}

/** Azure begins a stream of chat completions with what its filter found in the prompt, in a chunk of no model. */
function filtered(api: WireApi, call: WireCall): WireCall {
  if (api !== openAiChat) return call;
  const found: WireEvent = {
    data: {
      id: '',
      object: '',
      created: 0,
      model: '',
      choices: [],
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }],
    },
  };
  return { ...call, events: (answer) => [found, ...call.events(answer)] };
}
