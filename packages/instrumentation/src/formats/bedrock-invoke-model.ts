import type { CallOperation } from '@costspan/cost-model';
import type { WireFormat, WireRoute } from '../wire-format.ts';
import { ANTHROPIC_ANSWER_FIELDS, ANTHROPIC_EVENT_KEYS } from './anthropic-answer.ts';
import { InvokedModelAnswer, NATIVE_ANSWER_FIELDS } from './bedrock-invoked-model-answer.ts';

/**
 * Amazon Bedrock's `InvokeModel` and `InvokeModelWithResponseStream`, whose bodies are the models' own.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html
 */
export const bedrockInvokeModel: WireFormat = invoked('bedrock-invoke-model', 'chat', '[^/]+');

/** `InvokeModel` of a model whose name says that it embeds. */
export const bedrockInvokeEmbeddings: WireFormat = invoked(
  'bedrock-invoke-embeddings',
  'embeddings',
  '[^/]*embed[^/]*',
);

/** `InvokeModel` of a model whose name says that it ranks documents. */
export const bedrockInvokeRerank: WireFormat = invoked('bedrock-invoke-rerank', 'rerank', '[^/]*rerank[^/]*');

/** `InvokeModel` of a model whose name says that it makes images. */
export const bedrockInvokeImages: WireFormat = invoked(
  'bedrock-invoke-images',
  'image_generation',
  '[^/]*(?:-image-|nova-canvas|stability\\.)[^/]*',
);

function invoked(name: string, operation: CallOperation, model: string): WireFormat {
  return {
    name,
    operation,
    defaultProvider: 'aws.bedrock',
    routes: [route('invoke', model), route('invoke-with-response-stream', model)],
    answerFields: [...ANTHROPIC_ANSWER_FIELDS, ...NATIVE_ANSWER_FIELDS],
    eventKeys: [...ANTHROPIC_EVENT_KEYS, 'amazon-bedrock-invocationMetrics', 'messageStop', 'message'],
    requestFields: [],
    newReader: (request) => new InvokedModelAnswer(request),
  };
}

function route(ending: string, model: string): WireRoute {
  return { method: 'POST', ending, path: new RegExp(`/model/(?<model>${model})/${ending}$`), isCommon: true };
}
