import { scenario } from '../scenario.ts';
import { breakOff, longPrompt, readAll } from './prompts.ts';

const MODEL = 'gemini-2.5-flash';
const FUNCTION = {
  name: 'find_order',
  parameters: { type: 'OBJECT', properties: { id: { type: 'STRING' } } },
};

/** What the scenarios use of `@google/genai`, in any of its versions. */
interface GenAiPackage {
  readonly GoogleGenAI: new (options: object) => {
    readonly models: {
      generateContent(request: object): Promise<unknown>;
      generateContentStream(request: object): Promise<AsyncIterable<unknown>>;
      embedContent(request: object): Promise<unknown>;
    };
    readonly chats: { create(options: object): { sendMessage(message: object): Promise<unknown> } };
  };
}

/** Calls of `@google/genai`, of whatever version the group has. */
export async function runGenAiScenarios({ GoogleGenAI }: GenAiPackage): Promise<void> {
  const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: process.env['EMULATOR_URL'] } });
  const ask = (topic: string, config?: object) => ({ model: MODEL, contents: longPrompt(topic), config });
  await scenario('generateContent', () => client.models.generateContent(ask('generate')));
  await scenario('generateContent, flex tier', () =>
    client.models.generateContent(ask('flex', { serviceTier: 'flex' })),
  );
  await scenario('generateContent with a function call', () =>
    client.models.generateContent(ask('call', { tools: [{ functionDeclarations: [FUNCTION] }] })),
  );
  await scenario('generateContent, refused', () =>
    client.models.generateContent(ask('refused', { maxOutputTokens: -1 })),
  );
  await scenario('generateContentStream', async () =>
    readAll(await client.models.generateContentStream(ask('streamed'))),
  );
  await scenario(
    'generateContentStream, broken off',
    async () => breakOff(await client.models.generateContentStream(ask('broken off'))),
    { brokenOff: true },
  );
  await scenario('chat.sendMessage', () =>
    client.chats.create({ model: MODEL }).sendMessage({ message: longPrompt('chat') }),
  );
  await scenario('embedContent', () =>
    client.models.embedContent({ model: 'gemini-embedding-001', contents: ['one order', 'another order'] }),
  );
}

/** What the scenarios use of `@google/generative-ai`. */
interface GenerativeAiPackage {
  readonly GoogleGenerativeAI: new (key: string) => {
    getGenerativeModel(
      model: object,
      options: object,
    ): {
      generateContent(prompt: string): Promise<unknown>;
      generateContentStream(prompt: string): Promise<{ readonly stream: AsyncIterable<unknown> }>;
      embedContent(text: string): Promise<unknown>;
    };
  };
}

/** The SDK before `@google/genai`, which is the one that OpenLIT knows. */
export async function runGenerativeAiScenarios({ GoogleGenerativeAI }: GenerativeAiPackage): Promise<void> {
  const client = new GoogleGenerativeAI('none');
  const model = client.getGenerativeModel({ model: MODEL }, { baseUrl: process.env['EMULATOR_URL'] });
  await scenario('generateContent', () => model.generateContent(longPrompt('generate')));
  await scenario('generateContentStream', async () =>
    readAll((await model.generateContentStream(longPrompt('streamed'))).stream),
  );
  await scenario('embedContent', () => model.embedContent('one order'));
}
