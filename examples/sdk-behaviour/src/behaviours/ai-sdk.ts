import type { Tool } from 'ai';
import { z } from 'zod';
import type { Behaviour, BehaviourScene, BehavioursOf } from '../behaviour.ts';
import type { DeliveryName } from '../delivery.ts';
import { describeError, failure, readStream } from '../describe.ts';
import type { Sdks } from '../sdks.ts';

const prompt = 'What is in the parcel?';
const citySchema = z.object({ city: z.string(), inhabitants: z.int(), rivers: z.array(z.string()) });

type Model = ReturnType<ReturnType<Sdks['ai']['createOpenAI']>>;

/** The AI SDK with OpenAI's and Anthropic's models. */
export const aiSdkBehaviours: BehavioursOf<'ai'> = (sdk) => {
  const models: readonly (readonly [string, (scene: BehaviourScene, delivery: DeliveryName) => Model])[] = [
    ['responses', (scene, delivery) => openAi(scene, delivery).responses('gpt-5-mini')],
    ['chat', (scene, delivery) => openAi(scene, delivery).chat('gpt-5-mini')],
    [
      'anthropic',
      (scene, delivery) =>
        sdk.createAnthropic({ apiKey: 'none', baseURL: `${scene.url(delivery)}/v1` })('claude-haiku-4-5'),
    ],
  ];
  return {
    ...Object.fromEntries(
      models.flatMap(([name, model]) =>
        Object.entries(modelBehaviours(sdk, model)).map(([behaviour, run]) => [`${name}, ${behaviour}`, run]),
      ),
    ),
    async embed(scene) {
      const model = openAi(scene, 'plain').embedding('text-embedding-3-small');
      const { embedding, usage } = await sdk.embed({ model, value: 'one' });
      return { embedding, usage };
    },
    async embedMany(scene) {
      const model = openAi(scene, 'gzip').embedding('text-embedding-3-small');
      const values = Array.from({ length: 5 }, (_, index) => `value ${index}`);
      const { embeddings, usage } = await sdk.embedMany({ model, values });
      return { embeddings, usage };
    },
  };

  function openAi(scene: BehaviourScene, delivery: DeliveryName): ReturnType<Sdks['ai']['createOpenAI']> {
    return sdk.createOpenAI({ apiKey: 'none', baseURL: `${scene.url(delivery)}/v1` });
  }
};

function modelBehaviours(
  sdk: Sdks['ai'],
  model: (scene: BehaviourScene, delivery: DeliveryName) => Model,
): Record<string, Behaviour> {
  const generate = (scene: BehaviourScene, delivery: DeliveryName, maxRetries = 0): Promise<unknown> =>
    failure(async () => {
      const result = await sdk.generateText({ model: model(scene, delivery), prompt, maxRetries });
      return { text: result.text, usage: result.usage, finishReason: result.finishReason };
    });
  const stream = async (scene: BehaviourScene, delivery: DeliveryName): Promise<unknown> => {
    const events: unknown[] = [];
    const result = sdk.streamText({
      model: model(scene, delivery),
      prompt,
      maxRetries: 0,
      onError: ({ error }) => void events.push(['error', describeError(error)]),
      onFinish: ({ totalUsage, finishReason }) => void events.push(['finish', totalUsage, finishReason]),
    });
    const read = await readStream(result.textStream, (text) => text);
    const usage = await failure(() => result.totalUsage);
    return { read, events, usage };
  };
  const deliveries: readonly DeliveryName[] = [
    'plain',
    'gzip',
    'broken',
    'refused-400',
    'invalid-json',
    'truncated-gzip',
    'absurd-usage',
  ];
  return {
    ...Object.fromEntries(
      deliveries.flatMap((delivery): [string, Behaviour][] => [
        [`generateText, ${delivery}`, (scene) => generate(scene, delivery)],
        [`streamText, ${delivery}`, (scene) => stream(scene, delivery)],
      ]),
    ),
    'generateText, refused once': (scene) => generate(scene, 'refused-once', 2),
    async 'generateText with tools'(scene) {
      const called: unknown[] = [];
      const result = await sdk.generateText({
        model: model(scene, 'plain'),
        prompt,
        tools: { findOrder: orderTool(sdk, called) },
        stopWhen: sdk.isStepCount(4),
      });
      const steps = result.steps.map(({ toolCalls, toolResults, usage, text }) => [
        toolCalls,
        toolResults,
        usage,
        text,
      ]);
      return { steps, called, text: result.text, usage: result.totalUsage };
    },
    async 'streamText with tools'(scene) {
      const called: unknown[] = [];
      const result = sdk.streamText({
        model: model(scene, 'plain'),
        prompt,
        tools: { findOrder: orderTool(sdk, called) },
        stopWhen: sdk.isStepCount(4),
      });
      const { items } = await readStream(result.fullStream, (part) => part.type);
      return { items, called, usage: await result.totalUsage };
    },
    async 'structured output'(scene) {
      const result = await sdk.generateText({
        model: model(scene, 'structured'),
        prompt,
        output: sdk.Output.object({ schema: citySchema }),
      });
      return result.output;
    },
    async 'structured output, streamed'(scene) {
      const result = sdk.streamText({
        model: model(scene, 'structured'),
        prompt,
        output: sdk.Output.object({ schema: citySchema }),
      });
      const partial = await readStream(result.partialOutputStream, (part) => part);
      return { partial, output: await result.output };
    },
    async 'streamText, aborted'(scene) {
      const controller = new AbortController();
      const events: unknown[] = [];
      const result = sdk.streamText({
        model: model(scene, 'stalled'),
        prompt,
        maxRetries: 0,
        abortSignal: controller.signal,
        onAbort: () => void events.push('abort'),
        onError: ({ error }) => void events.push(['error', describeError(error)]),
        onFinish: () => void events.push('finish'),
      });
      // The part that begins the text, or the answer where the text does not come so far.
      const read = await readStream(result.fullStream, (part) => {
        if (part.type === 'start-step') setTimeout(() => controller.abort(new Error('enough')), 200);
        return part.type;
      });
      return { read, events };
    },
    async 'generateText, aborted'(scene) {
      const abortSignal = AbortSignal.timeout(120);
      return failure(() => sdk.generateText({ model: model(scene, 'late'), prompt, abortSignal }));
    },
  };
}

function orderTool(sdk: Sdks['ai'], called: unknown[]): Tool<{ id: string }, string> {
  return sdk.tool({
    description: 'Finds an order.',
    inputSchema: z.object({ id: z.string() }),
    execute(input) {
      called.push(input);
      return 'in transit';
    },
  });
}
