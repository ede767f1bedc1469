import type { WireFormat } from '../wire-format.ts';
import { anthropicMessages } from './anthropic-messages.ts';
import { anthropicVertex } from './anthropic-vertex.ts';
import { bedrockConverse } from './bedrock-converse.ts';
import {
  bedrockInvokeEmbeddings,
  bedrockInvokeImages,
  bedrockInvokeModel,
  bedrockInvokeRerank,
} from './bedrock-invoke-model.ts';
import { cohereChat } from './cohere-chat.ts';
import { cohereEmbed } from './cohere-embed.ts';
import { cohereRerank } from './cohere-rerank.ts';
import { geminiEmbedContent, geminiVertexEmbedContent } from './gemini-embed-content.ts';
import { geminiGenerateContent } from './gemini-generate-content.ts';
import { geminiInteractions } from './gemini-interactions.ts';
import { geminiPredictEmbeddings, geminiPredictImages } from './gemini-predict.ts';
import { geminiVertex } from './gemini-vertex.ts';
import { llamaCppCompletion } from './llama-cpp-completion.ts';
import { mistralOcr } from './mistral-ocr.ts';
import { ollamaChat } from './ollama-chat.ts';
import { ollamaEmbed } from './ollama-embed.ts';
import { ollamaGenerate } from './ollama-generate.ts';
import { openAiBatches } from './openai-batches.ts';
import { openAiChat } from './openai-chat.ts';
import { openAiCompletions } from './openai-completions.ts';
import { openAiEmbeddings } from './openai-embeddings.ts';
import { openAiImages } from './openai-images.ts';
import { openAiResponses } from './openai-responses.ts';
import { openAiSpeech } from './openai-speech.ts';
import { openAiTranscriptions } from './openai-transcriptions.ts';
import { tgiGenerate } from './tgi-generate.ts';
import { tokenRerank } from './token-rerank.ts';
import { vertexRawPredict } from './vertex-raw-predict.ts';

/** Every format, in the order in which a path that several of them have is tried. */
export const WIRE_FORMATS: readonly WireFormat[] = [
  openAiChat,
  openAiCompletions,
  openAiResponses,
  openAiEmbeddings,
  openAiImages,
  openAiTranscriptions,
  openAiSpeech,
  openAiBatches,
  mistralOcr,
  anthropicMessages,
  anthropicVertex,
  vertexRawPredict,
  geminiVertex,
  geminiGenerateContent,
  geminiVertexEmbedContent,
  geminiEmbedContent,
  geminiPredictEmbeddings,
  geminiPredictImages,
  geminiInteractions,
  bedrockConverse,
  bedrockInvokeEmbeddings,
  bedrockInvokeRerank,
  bedrockInvokeImages,
  bedrockInvokeModel,
  cohereChat,
  cohereEmbed,
  cohereRerank,
  tokenRerank,
  ollamaChat,
  ollamaGenerate,
  ollamaEmbed,
  llamaCppCompletion,
  tgiGenerate,
];
