import type { BedrockRuntimeClient, BedrockRuntimeClientConfig } from '@aws-sdk/client-bedrock-runtime';
import type { Behaviour, BehaviourScene, Behaviours, BehavioursOf } from '../behaviour.ts';
import type { DeliveryName } from '../delivery.ts';
import { describe, describeError, failure, readStream } from '../describe.ts';
import type { Sdks } from '../sdks.ts';

const modelId = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const wanted = { modelId, messages: [{ role: 'user' as const, content: [{ text: 'Where is it?' }] }] };
const toolConfig = {
  tools: [
    {
      toolSpec: {
        name: 'find_order',
        inputSchema: { json: { type: 'object', properties: { id: { type: 'string' } } } },
      },
    },
  ],
};
const invoked = {
  modelId,
  contentType: 'application/json',
  body: JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 1000,
    messages: [{ role: 'user', content: 'Where is it?' }],
  }),
};

/** The Bedrock runtime client over HTTP/2, which is its default, and over HTTP/1.1. */
export const bedrockBehaviours: BehavioursOf<'bedrock'> = (sdk) => ({
  ...prefixed(
    'HTTP/2',
    protocolBehaviours(sdk, (scene, delivery, config) =>
      withClient(new sdk.BedrockRuntimeClient({ ...config, endpoint: scene.http2Url(delivery) })),
    ),
  ),
  ...prefixed(
    'HTTP/1.1',
    protocolBehaviours(sdk, (scene, delivery, config) =>
      withClient(
        new sdk.BedrockRuntimeClient({
          ...config,
          endpoint: scene.url(delivery),
          requestHandler: new sdk.NodeHttpHandler(),
        }),
      ),
    ),
  ),
});

function prefixed(protocol: string, behaviours: Behaviours): Behaviours {
  return Object.fromEntries(Object.entries(behaviours).map(([name, run]) => [`${protocol}, ${name}`, run]));
}

type UseClient = <Result>(use: (client: BedrockRuntimeClient) => Promise<Result>) => Promise<Result>;
type NewClient = (
  scene: BehaviourScene,
  delivery: DeliveryName,
  config: BedrockRuntimeClientConfig,
) => UseClient;

/** Lends a client and closes its connections, so that nothing of one behaviour reaches the next. */
function withClient(client: BedrockRuntimeClient): UseClient {
  return async (use) => {
    try {
      return await use(client);
    } finally {
      client.destroy();
    }
  };
}

const CONFIG: BedrockRuntimeClientConfig = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  maxAttempts: 1,
};

function protocolBehaviours(sdk: Sdks['bedrock'], newClient: NewClient): Behaviours {
  const { ConverseCommand, ConverseStreamCommand, InvokeModelCommand, InvokeModelWithResponseStreamCommand } =
    sdk;
  const send = (scene: BehaviourScene, delivery: DeliveryName, maxAttempts = 1): Promise<unknown> =>
    newClient(scene, delivery, { ...CONFIG, maxAttempts })((client) =>
      failure(() => client.send(new ConverseCommand(wanted))),
    );
  const stream = (scene: BehaviourScene, delivery: DeliveryName): Promise<unknown> =>
    newClient(
      scene,
      delivery,
      CONFIG,
    )((client) =>
      failure(async () => {
        const { stream: events, $metadata } = await client.send(new ConverseStreamCommand(wanted));
        return { read: await readStream(events, (event) => event), metadata: $metadata };
      }),
    );
  const deliveries: readonly DeliveryName[] = [
    'plain',
    'bytes',
    'broken',
    'broken-head',
    'refused-400',
    'refused-500',
    'invalid-json',
    'empty',
    'binary',
    'absurd-usage',
  ];
  return {
    ...Object.fromEntries(
      deliveries.flatMap((delivery): [string, Behaviour][] => [
        [`Converse, ${delivery}`, (scene) => send(scene, delivery)],
        [`ConverseStream, ${delivery}`, (scene) => stream(scene, delivery)],
      ]),
    ),
    'Converse, failed twice, tried again': (scene) => send(scene, 'failed-twice', 4),
    'Converse with a tool': (scene) =>
      newClient(
        scene,
        'plain',
        CONFIG,
      )((client) => client.send(new ConverseCommand({ ...wanted, toolConfig }))),
    InvokeModel: (scene) =>
      newClient(
        scene,
        'plain',
        CONFIG,
      )(async (client) => {
        const { body, ...answer } = await client.send(new InvokeModelCommand(invoked));
        return { answer, text: body.transformToString() };
      }),
    InvokeModelWithResponseStream: (scene) =>
      newClient(
        scene,
        'plain',
        CONFIG,
      )(async (client) => {
        const { body } = await client.send(new InvokeModelWithResponseStreamCommand(invoked));
        return readStream(body, (event) => new TextDecoder().decode(event.chunk?.bytes));
      }),
    'break in the loop': (scene) =>
      newClient(
        scene,
        'stalled',
        CONFIG,
      )(async (client) => {
        const controller = new AbortController();
        const { stream: events } = await client.send(new ConverseStreamCommand(wanted), {
          abortSignal: controller.signal,
        });
        const items: unknown[] = [];
        for await (const event of events ?? []) {
          items.push(event);
          if (items.length === 2) break;
        }
        controller.abort();
        return items;
      }),
    'abort before the answer': (scene) =>
      newClient(
        scene,
        'late',
        CONFIG,
      )((client) => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(new Error('too late')), 120);
        return failure(() => client.send(new ConverseCommand(wanted), { abortSignal: controller.signal }));
      }),
    'abort in the stream': (scene) =>
      newClient(
        scene,
        'stalled',
        CONFIG,
      )(async (client) => {
        const controller = new AbortController();
        const { stream: events } = await client.send(new ConverseStreamCommand(wanted), {
          abortSignal: controller.signal,
        });
        const seen: unknown[] = [];
        return readStream(events, (event) => {
          if (seen.push(event) < 2) return event;
          setImmediate(() => {
            controller.abort(new Error('enough'));
            client.destroy();
          });
          return event;
        });
      }),
    middleware: (scene) =>
      newClient(
        scene,
        'plain',
        CONFIG,
      )(async (client) => {
        const seen: unknown[] = [];
        client.middlewareStack.add(
          (next) => async (args) => {
            const result = await next(args);
            const { statusCode, headers, body } = result.response as {
              statusCode: number;
              headers: unknown;
              body: object;
            };
            seen.push(statusCode, describe(headers), body.constructor.name, describe(result.output));
            return result;
          },
          { step: 'deserialize', name: 'watch', priority: 'low' },
        );
        const answer = await client.send(new ConverseCommand(wanted));
        return { answer, seen };
      }),
    'four at once': (scene) =>
      newClient(
        scene,
        'plain',
        CONFIG,
      )((client) =>
        Promise.all(
          Array.from({ length: 4 }, async (_, index) => {
            const messages = [{ role: 'user' as const, content: [{ text: `Question ${index}` }] }];
            try {
              const { stream: events } = await client.send(new ConverseStreamCommand({ modelId, messages }));
              return await readStream(events, (event) => event);
            } catch (error) {
              return describeError(error);
            }
          }),
        ),
      ),
  };
}
