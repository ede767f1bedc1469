import { generateText, isStepCount, streamText, tool } from 'ai';
import { z } from 'zod';
import type { Feature } from './feature.ts';
import type { ModelClients } from './model-clients.ts';
import { ORDER_STATES, type SupportDatabase, TOPICS } from './support-database.ts';

const STEPS_MAX = 5;
const ORDERS_MAX = 20;

const inputSchema = z.object({
  question: z.string().min(1).max(20_000),
  /** Take the larger model. */
  thorough: z.boolean().default(false),
  stream: z.boolean().default(false),
});
type Input = z.infer<typeof inputSchema>;

/** `POST /assistant`: the AI SDK calls the model, which looks things up in several steps. */
export function assistantFeature({ aiSdk }: ModelClients, database: SupportDatabase): Feature<Input> {
  const instructions = `You answer questions of support agents.\n\n${database.handbook()}`;
  const tools = {
    findOrders: tool({
      description: 'Latest orders in a state',
      inputSchema: z.object({ state: z.enum(ORDER_STATES), limit: z.int().min(1).max(ORDERS_MAX) }),
      execute: ({ state, limit }) => database.ordersInState(state, limit),
    }),
    readHandbook: tool({
      description: 'Handbook articles about a topic',
      inputSchema: z.object({ topic: z.enum(TOPICS) }),
      execute: ({ topic }) => database.articlesAbout(topic),
    }),
  };
  return {
    name: 'assistant',
    path: '/assistant',
    inputSchema,
    async answer({ question, thorough, stream }) {
      const settings = {
        model: aiSdk.responses(thorough ? 'gpt-5' : 'gpt-5-mini'),
        instructions,
        tools,
        stopWhen: isStepCount(STEPS_MAX),
        prompt: question,
        telemetry: { functionId: 'support-assistant' },
      };
      if (stream) return textOf(streamText({ ...settings, onError: ignore }));
      const { text, steps } = await generateText(settings);
      return { answer: text, steps: steps.length };
    },
  };
}

/** An error is thrown where the stream is read. By default it would also be logged, together with the prompt. */
function ignore(): void {}

/** The text parts of a stream; its error, which the AI SDK hands over as a part, is thrown. */
async function* textOf(result: { readonly stream: AsyncIterable<StreamPart> }): AsyncGenerator<string> {
  for await (const part of result.stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-delta') yield part.text ?? '';
  }
}

interface StreamPart {
  readonly type: string;
  readonly text?: string;
  readonly error?: unknown;
}
