import type { GoogleGenAI } from '@google/genai';
import type { Behaviour, BehaviourScene, BehavioursOf } from '../behaviour.ts';
import type { DeliveryName } from '../delivery.ts';
import { failure, readStream } from '../describe.ts';

const wanted = { model: 'gemini-2.5-flash', contents: 'What is in the parcel?' };
const orderTool = {
  functionDeclarations: [
    {
      name: 'find_order',
      parametersJsonSchema: { type: 'object', properties: { id: { type: 'string' } } },
    },
  ],
};

/** The `@google/genai` package. */
export const googleBehaviours: BehavioursOf<'google'> = ({ GoogleGenAI }) => {
  const client = (scene: BehaviourScene, delivery: DeliveryName = 'plain'): GoogleGenAI =>
    new GoogleGenAI({
      apiKey: 'none',
      httpOptions: { baseUrl: scene.url(delivery), retryOptions: { attempts: 1 } },
    });
  const generate = (scene: BehaviourScene, delivery: DeliveryName): Promise<unknown> =>
    failure(async () => {
      const answer = await client(scene, delivery).models.generateContent(wanted);
      return { answer, text: answer.text };
    });
  const stream = (scene: BehaviourScene, delivery: DeliveryName): Promise<unknown> =>
    failure(async () =>
      readStream(await client(scene, delivery).models.generateContentStream(wanted), (part) => [
        part.text,
        part.usageMetadata,
      ]),
    );
  const deliveries: readonly DeliveryName[] = [
    'plain',
    'bytes',
    'gzip',
    'br',
    'broken',
    'refused-400',
    'refused-429',
    'refused-500',
    'invalid-json',
    'absurd-usage',
    'truncated-gzip',
    'empty',
  ];
  return {
    ...Object.fromEntries(
      deliveries.flatMap((delivery): [string, Behaviour][] => [
        [`generateContent, ${delivery}`, (scene) => generate(scene, delivery)],
        [`generateContentStream, ${delivery}`, (scene) => stream(scene, delivery)],
      ]),
    ),
    async 'function call'(scene) {
      const answer = await client(scene).models.generateContent({
        ...wanted,
        config: { tools: [orderTool] },
      });
      return { calls: answer.functionCalls, usage: answer.usageMetadata };
    },
    async chats(scene) {
      const chat = client(scene).chats.create({ model: wanted.model });
      const first = await chat.sendMessage({ message: 'Where is it?' });
      const second = await chat.sendMessageStream({ message: 'And when?' });
      return {
        first: first.text,
        second: await readStream(second, (part) => [part.text, part.usageMetadata]),
        history: chat.getHistory(),
      };
    },
    async embedContent(scene) {
      return client(scene).models.embedContent({ model: 'gemini-embedding-001', contents: ['one', 'two'] });
    },
    async 'abort before the answer'(scene) {
      const abortSignal = AbortSignal.timeout(120);
      return failure(() =>
        client(scene, 'late').models.generateContent({ ...wanted, config: { abortSignal } }),
      );
    },
    async 'abort in the stream'(scene) {
      const controller = new AbortController();
      const parts = await client(scene, 'stalled').models.generateContentStream({
        ...wanted,
        config: { abortSignal: controller.signal },
      });
      let read = 0;
      return readStream(parts, (part) => {
        read += 1;
        if (read === 1) setTimeout(() => controller.abort(new Error('enough')), 120);
        return part.text;
      });
    },
    async 'eight streams at once'(scene) {
      const one = client(scene, 'gzip');
      return Promise.all(
        Array.from({ length: 8 }, async (_, index) =>
          readStream(
            await one.models.generateContentStream({ ...wanted, contents: `Question ${index}` }),
            (part) => part.text,
          ),
        ),
      );
    },
  };
};
