import { scenario } from '../scenario.ts';
import { breakOff, longPrompt, readAll } from './prompts.ts';

/** LangChain's classes, from whatever version the group has. */
export interface LangChainClasses {
  readonly ChatOpenAI: any;
  readonly OpenAIEmbeddings: any;
  readonly ChatAnthropic?: any;
  readonly ChatPromptTemplate: any;
  readonly StringOutputParser: any;
}

export async function runLangChainScenarios(classes: LangChainClasses): Promise<void> {
  const options = { maxRetries: 0, configuration: { maxRetries: 0 } };
  const openAi = new classes.ChatOpenAI({ model: 'gpt-5-mini', ...options });
  await runModelScenarios('OpenAI', openAi);
  await scenario('OpenAI responses', () =>
    new classes.ChatOpenAI({ model: 'gpt-5-mini', useResponsesApi: true, ...options }).invoke(
      longPrompt('responses'),
    ),
  );
  await scenario('OpenAI in a chain', () =>
    classes.ChatPromptTemplate.fromTemplate('{question}')
      .pipe(openAi)
      .pipe(new classes.StringOutputParser())
      .invoke({ question: longPrompt('chain') }),
  );
  await scenario('OpenAI refused', () =>
    new classes.ChatOpenAI({ model: 'gpt-5-mini', maxTokens: -2, ...options }).invoke('refused'),
  );
  await scenario('OpenAI embeddings', () =>
    new classes.OpenAIEmbeddings({ model: 'text-embedding-3-small', ...options }).embedQuery('one order'),
  );
  if (classes.ChatAnthropic === undefined) return;
  await runModelScenarios(
    'Anthropic',
    new classes.ChatAnthropic({ model: 'claude-sonnet-4-5', maxTokens: 2000, maxRetries: 0 }),
    (topic) => [{ type: 'text', text: longPrompt(topic), cache_control: { type: 'ephemeral' } }],
  );
}

async function runModelScenarios(
  name: string,
  model: any,
  prompt: (topic: string) => unknown = longPrompt,
): Promise<void> {
  const messages = (topic: string): unknown[] => [{ role: 'user', content: prompt(topic) }];
  await scenario(`${name} invoke`, () => model.invoke(messages('invoke')));
  await scenario(`${name} stream`, async () => readAll(await model.stream(messages('stream'))));
  await scenario(
    `${name} stream broken off`,
    async () => breakOff(await model.stream(messages('broken off'))),
    {
      brokenOff: true,
    },
  );
}
