import { scenario } from '../scenario.ts';
import { breakOff, longPrompt, readAll } from './prompts.ts';

const MODEL = 'claude-sonnet-4-5';
const TOOL = {
  name: 'find_order',
  description: 'Finds an order.',
  input_schema: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
};

/** Calls of the Anthropic SDK; `client` is an instance of whatever version the group has. */
export async function runAnthropicScenarios(client: any): Promise<void> {
  await scenario('messages', () => client.messages.create(request('Where is order 7?')));
  await scenario('messages cached for 5 minutes', () =>
    client.messages.create({ ...request('cached'), system: [cached('five minutes', '5m')] }),
  );
  await scenario('messages cached for 1 hour', () =>
    client.messages.create({
      ...request('cached'),
      system: [cached('an hour at least', '1h'), cached('and five minutes', '5m')],
    }),
  );
  await scenario('messages partly from the cache', () =>
    client.messages.create({
      ...request('cached'),
      system: [cached('one hour', '1h'), cached('and five minutes', '5m')],
    }),
  );
  await scenario('messages with a tool call', async () => {
    const asked = { ...request('Where is order 8?'), tools: [TOOL] };
    const first = await client.messages.create(asked);
    const call = first.content.find((block: any) => block.type === 'tool_use');
    const result = { type: 'tool_result', tool_use_id: call.id, content: 'in transit' };
    await client.messages.create({
      ...asked,
      messages: [
        ...asked.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [result] },
      ],
    });
  });
  await runStreamedScenarios(client);
  await scenario('beta messages', () => client.beta.messages.create(request('beta')));
  await scenario('messages refused', () => client.messages.create({ ...request('refused'), max_tokens: -1 }));
}

async function runStreamedScenarios(client: any): Promise<void> {
  await scenario('messages streamed', async () =>
    readAll(
      await client.messages.create({
        ...request('streamed'),
        system: [cached('streamed', '5m')],
        stream: true,
      }),
    ),
  );
  await scenario('messages .stream()', () =>
    client.messages
      .stream({ ...request('stream helper'), system: [cached('stream helper', '5m')] })
      .finalMessage(),
  );
  await scenario(
    'messages stream broken off',
    async () => breakOff(await client.messages.create({ ...request('broken off'), stream: true }), 3),
    { brokenOff: true },
  );
}

function request(topic: string): { model: string; max_tokens: number; messages: object[] } {
  return { model: MODEL, max_tokens: 2000, messages: [{ role: 'user', content: topic }] };
}

function cached(topic: string, ttl: '5m' | '1h'): object {
  return { type: 'text', text: longPrompt(topic), cache_control: { type: 'ephemeral', ttl } };
}
