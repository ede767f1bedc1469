import { scenario } from '../scenario.ts';
import { longPrompt, readAll } from './prompts.ts';

/** What the scenarios use of the AI SDK, in the words of any of its major versions. */
interface AiSdk {
  generateText(options: object): Promise<unknown>;
  generateObject(options: object): Promise<unknown>;
  streamText(options: object): { readonly textStream: AsyncIterable<unknown> };
  embed(options: object): Promise<unknown>;
  embedMany(options: object): Promise<unknown>;
  jsonSchema(schema: object): unknown;
  tool(definition: object): unknown;
  /** From version 5. */
  stepCountIs?(steps: number): unknown;
}

interface OpenAiProvider {
  chat(model: string): unknown;
  responses(model: string): unknown;
  textEmbeddingModel(model: string): unknown;
}

/** The AI SDK and its provider packages, of whatever major version the group has. */
export interface AiSdkModules {
  readonly ai: AiSdk;
  readonly openai: { createOpenAI(options: object): OpenAiProvider };
  readonly anthropic: { createAnthropic(options: object): (model: string) => unknown };
  /** Options of every call: `experimental_telemetry` before version 7. */
  readonly options?: object;
}

interface Models {
  readonly chat: unknown;
  readonly responses: unknown;
  readonly claude: unknown;
  readonly embedding: unknown;
}

/** Each kind of call of the AI SDK. Option names of several major versions stand beside each other where they differ. */
export async function runAiSdkScenarios({ ai, openai, anthropic, options }: AiSdkModules): Promise<void> {
  // Version 4 asks for the usage of a stream only in this mode.
  const openAi = openai.createOpenAI({ baseURL: process.env['OPENAI_BASE_URL'], compatibility: 'strict' });
  const claude = anthropic.createAnthropic({ baseURL: `${process.env['ANTHROPIC_BASE_URL']}/v1` });
  const models: Models = {
    chat: openAi.chat('gpt-5-mini'),
    responses: openAi.responses('gpt-5-mini'),
    claude: claude('claude-sonnet-4-5'),
    embedding: openAi.textEmbeddingModel('text-embedding-3-small'),
  };
  await runTextScenarios(ai, models, options);
  await runStreamScenarios(ai, models, options);
  await runClaudeScenarios(ai, models, options);
  await runEmbeddingScenarios(ai, models, options);
}

async function runTextScenarios(ai: AiSdk, { chat, responses }: Models, options?: object): Promise<void> {
  await scenario('generateText', () =>
    ai.generateText({ ...options, model: chat, prompt: longPrompt('text') }),
  );
  await scenario('generateText, Responses', () =>
    ai.generateText({ ...options, model: responses, prompt: longPrompt('responses') }),
  );
  await scenario('generateText with a tool', () => {
    const orderId = ai.jsonSchema({
      type: 'object',
      properties: { id: { type: 'string' } },
      required: ['id'],
      additionalProperties: false,
    });
    const findOrder = ai.tool({
      description: 'Finds an order.',
      parameters: orderId,
      inputSchema: orderId,
      execute: async () => 'in transit',
    });
    return ai.generateText({
      ...options,
      model: responses,
      prompt: 'Where is order 7?',
      tools: { find_order: findOrder },
      maxSteps: 4,
      stopWhen: ai.stepCountIs?.(4),
    });
  });
  await scenario('generateText refused', () =>
    ai.generateText({
      ...options,
      model: chat,
      prompt: 'refused',
      maxRetries: 0,
      providerOptions: { openai: { maxCompletionTokens: -1 } },
    }),
  );
  await scenario('generateObject', () =>
    ai.generateObject({ ...options, model: chat, output: 'no-schema', prompt: longPrompt('object') }),
  );
}

async function runStreamScenarios(ai: AiSdk, { chat, responses }: Models, options?: object): Promise<void> {
  await scenario('streamText', () =>
    readAll(ai.streamText({ ...options, model: chat, prompt: longPrompt('stream') }).textStream),
  );
  await scenario('streamText, Responses', () =>
    readAll(
      ai.streamText({ ...options, model: responses, prompt: longPrompt('responses stream') }).textStream,
    ),
  );
  await scenario(
    'streamText aborted',
    async () => {
      const controller = new AbortController();
      const prompt = longPrompt('abort');
      const answer = ai.streamText({ ...options, model: chat, prompt, abortSignal: controller.signal });
      for await (const _ of answer.textStream) controller.abort();
    },
    { brokenOff: true },
  );
}

async function runClaudeScenarios(ai: AiSdk, { claude: model }: Models, options?: object): Promise<void> {
  await scenario('generateText, Claude', () =>
    ai.generateText({ ...options, model, messages: cached('one') }),
  );
  await scenario('generateText, Claude again', () =>
    ai.generateText({ ...options, model, messages: cached('two') }),
  );
  await scenario('generateObject, Claude', () =>
    ai.generateObject({ ...options, model, output: 'no-schema', messages: cached('three') }),
  );
  await scenario('streamText, Claude', () =>
    readAll(ai.streamText({ ...options, model, messages: cached('four') }).textStream),
  );
  await scenario('streamText, Claude again', () =>
    readAll(ai.streamText({ ...options, model, messages: cached('five') }).textStream),
  );
}

async function runEmbeddingScenarios(
  ai: AiSdk,
  { embedding: model }: Models,
  options?: object,
): Promise<void> {
  await scenario('embed', () => ai.embed({ ...options, model, value: 'one order' }));
  await scenario('embedMany', () => ai.embedMany({ ...options, model, values: ['one order', 'another'] }));
}

/** A question of which the first part is cached for an hour and the second for five minutes. */
function cached(topic: string): object[] {
  const part = (text: string, ttl: string): object => ({
    type: 'text',
    text,
    providerOptions: { anthropic: { cacheControl: { type: 'ephemeral', ttl } } },
  });
  return [
    {
      role: 'user',
      content: [
        part(longPrompt(`${topic} for an hour`), '1h'),
        part(longPrompt(topic), '5m'),
        { type: 'text', text: topic },
      ],
    },
  ];
}
