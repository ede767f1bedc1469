import {
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import type { GenerateContentParameters } from '@google/genai';
import { z } from 'zod';
import type { Feature } from './feature.ts';
import type { ModelClients } from './model-clients.ts';
import { type SupportDatabase, type Topic, TOPICS } from './support-database.ts';

const EMBEDDING_MODEL = 'gemini-embedding-001';
const REPLY_MODEL = 'gemini-3.5-flash';
const CONFIDENTIAL_REPLY_MODEL = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const OUTPUT_TOKENS_MAX = 2000;

const inputSchema = z.object({
  message: z.string().min(1).max(20_000),
  /** Keep the message in the company's own AWS account. */
  confidential: z.boolean().default(false),
  stream: z.boolean().default(false),
});
type Input = z.infer<typeof inputSchema>;

/**
 * `POST /reply`: drafts a reply to a customer. Gemini embeds the message to find its topic and writes from the
 * articles about it; a confidential message goes to Bedrock alone, with the whole handbook.
 */
export function replyFeature({ google, bedrock }: ModelClients, database: SupportDatabase): Feature<Input> {
  const handbook = database.handbook();
  return {
    name: 'reply',
    path: '/reply',
    inputSchema,
    async answer({ message, confidential, stream }) {
      if (confidential) {
        const request = converseRequest(message, handbook);
        return stream ? streamConverse(request) : converse(request);
      }
      const topic = await topicOf(message);
      const articles = database.articlesAbout(topic).map((article) => article.body);
      const request = contentRequest(message, articles.join('\n\n'));
      return stream ? streamContent(request) : generateContent(topic, request);
    },
  };

  async function topicOf(message: string): Promise<Topic> {
    const { embeddings = [] } = await google.models.embedContent({
      model: EMBEDDING_MODEL,
      contents: [message, ...TOPICS],
      config: { taskType: 'CLASSIFICATION', outputDimensionality: 256 },
    });
    const [wanted = [], ...topics] = embeddings.map(({ values = [] }) => values);
    const similarities = topics.map((vector) => dotProduct(vector, wanted));
    return TOPICS[similarities.indexOf(Math.max(...similarities))] ?? TOPICS[0];
  }

  async function generateContent(topic: Topic, request: GenerateContentParameters): Promise<object> {
    const { text } = await google.models.generateContent(request);
    return { topic, reply: text };
  }

  async function streamContent(request: GenerateContentParameters): Promise<AsyncIterable<string>> {
    const stream = await google.models.generateContentStream(request);
    return (async function* pieces() {
      for await (const chunk of stream) yield chunk.text ?? '';
    })();
  }

  async function converse(request: ConverseCommandInput): Promise<object> {
    const { output } = await bedrock.send(new ConverseCommand(request));
    return { reply: output?.message?.content?.map((block) => block.text ?? '').join('') };
  }

  async function streamConverse(request: ConverseCommandInput): Promise<AsyncIterable<string>> {
    const { stream = [] } = await bedrock.send(new ConverseStreamCommand(request));
    return (async function* pieces() {
      for await (const event of stream) yield event.contentBlockDelta?.delta?.text ?? '';
    })();
  }
}

function contentRequest(message: string, articles: string): GenerateContentParameters {
  return {
    model: REPLY_MODEL,
    contents: message,
    config: {
      systemInstruction: `Draft a reply to the customer from these articles only.\n\n${articles}`,
      maxOutputTokens: OUTPUT_TOKENS_MAX,
    },
  };
}

/** The handbook is the same for every message and is cached. */
function converseRequest(message: string, handbook: string): ConverseCommandInput {
  return {
    modelId: CONFIDENTIAL_REPLY_MODEL,
    system: [
      { text: `Draft a reply to the customer from this handbook only.\n\n${handbook}` },
      { cachePoint: { type: 'default' } },
    ],
    messages: [{ role: 'user', content: [{ text: message }] }],
    inferenceConfig: { maxTokens: OUTPUT_TOKENS_MAX },
  };
}

function dotProduct(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}
