import { scenario } from '../scenario.ts';
import { breakOff, longPrompt, readAll } from './prompts.ts';

const MODEL = 'gpt-5-mini';
const TOOL = {
  type: 'function',
  function: {
    name: 'find_order',
    description: 'Finds an order.',
    parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  },
};

/** Calls of the OpenAI SDK; `client` is an instance of whatever major version the group has. */
export async function runOpenAiScenarios(client: any): Promise<void> {
  await runChatScenarios(client);
  await runStreamedChatScenarios(client);
  await runHelperScenarios(client);
  await runResponsesScenarios(client);
  await scenario('embeddings', () =>
    client.embeddings.create({ model: 'text-embedding-3-small', input: ['one order', 'another order'] }),
  );
}

async function runChatScenarios(client: any): Promise<void> {
  await scenario('chat', () => client.chat.completions.create(chat('chat')));
  await scenario('chat with a tool call', async () => {
    const messages: unknown[] = [{ role: 'user', content: 'Where is order 7?' }];
    const request = { model: MODEL, messages, tools: [TOOL] };
    const first = await client.chat.completions.create(request);
    const { message } = first.choices[0];
    messages.push(message, { role: 'tool', tool_call_id: message.tool_calls[0].id, content: 'in transit' });
    await client.chat.completions.create(request);
  });
  await scenario('chat refused', () =>
    client.chat.completions.create({ ...chat('refused'), max_completion_tokens: -1 }),
  );
}

async function runStreamedChatScenarios(client: any): Promise<void> {
  await scenario('chat streamed', async () =>
    readAll(await client.chat.completions.create({ ...chat('streamed'), stream: true })),
  );
  await scenario('chat streamed with usage', async () =>
    readAll(await client.chat.completions.create({ ...chat('streamed'), ...WITH_USAGE })),
  );
  await scenario(
    'chat stream broken off',
    async () => breakOff(await client.chat.completions.create({ ...chat('broken off'), ...WITH_USAGE })),
    { brokenOff: true },
  );
}

async function runHelperScenarios(client: any): Promise<void> {
  await scenario('chat .withResponse()', () =>
    client.chat.completions.create(chat('with response')).withResponse(),
  );
  await scenario('chat .parse()', () => client.chat.completions.parse(chat('parse')));
}

async function runResponsesScenarios(client: any): Promise<void> {
  await scenario('responses', () =>
    client.responses.create({ model: MODEL, input: longPrompt('responses') }),
  );
  await scenario('responses streamed', async () =>
    readAll(
      await client.responses.create({ model: MODEL, input: longPrompt('responses streamed'), stream: true }),
    ),
  );
}

const WITH_USAGE = { stream: true, stream_options: { include_usage: true } };

function chat(topic: string): object {
  return { model: MODEL, messages: [{ role: 'user', content: longPrompt(topic) }] };
}
