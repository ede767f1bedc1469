import type * as AiSdk from 'ai';
import type * as AiSdkAnthropic from '@ai-sdk/anthropic';
import type * as AiSdkOpenAi from '@ai-sdk/openai';
import type * as Anthropic from '@anthropic-ai/sdk';
import type * as AnthropicBetaZod from '@anthropic-ai/sdk/helpers/beta/zod';
import type * as Bedrock from '@aws-sdk/client-bedrock-runtime';
import type * as Google from '@google/genai';
import type * as NodeHttpHandler from '@smithy/node-http-handler';
import type * as Axios from 'axios';
import type * as Got from 'got';
import type * as NodeFetch from 'node-fetch';
import type * as OpenAi from 'openai';
import type * as OpenAiZod from 'openai/helpers/zod';
import type * as Undici from 'undici';

/** The libraries under test, by the group of behaviours that uses them. */
export interface Sdks {
  readonly openai: typeof OpenAi & Pick<typeof OpenAiZod, 'zodResponseFormat' | 'zodTextFormat'>;
  readonly anthropic: typeof Anthropic & Pick<typeof AnthropicBetaZod, 'betaZodTool' | 'betaZodOutputFormat'>;
  readonly ai: typeof AiSdk &
    Pick<typeof AiSdkOpenAi, 'createOpenAI'> &
    Pick<typeof AiSdkAnthropic, 'createAnthropic'>;
  readonly google: typeof Google;
  readonly bedrock: typeof Bedrock & Pick<typeof NodeHttpHandler, 'NodeHttpHandler' | 'NodeHttp2Handler'>;
  readonly axios: typeof Axios;
  readonly got: typeof Got;
  readonly nodeFetch: typeof NodeFetch;
  readonly undici: typeof Undici;
}

/** Loads a module as the application does: with `import()` or with `require()`. */
export type LoadModule = (name: string) => unknown;

const MODULES: Readonly<Record<keyof Sdks, readonly string[]>> = {
  openai: ['openai', 'openai/helpers/zod'],
  anthropic: ['@anthropic-ai/sdk', '@anthropic-ai/sdk/helpers/beta/zod'],
  ai: ['ai', '@ai-sdk/openai', '@ai-sdk/anthropic'],
  google: ['@google/genai'],
  bedrock: ['@aws-sdk/client-bedrock-runtime', '@smithy/node-http-handler'],
  axios: ['axios'],
  got: ['got'],
  nodeFetch: ['node-fetch'],
  undici: ['undici'],
};

export async function loadSdk<Name extends keyof Sdks>(name: Name, load: LoadModule): Promise<Sdks[Name]> {
  const loaded = await Promise.all(MODULES[name].map((module) => load(module)));
  return Object.assign({}, ...loaded) as Sdks[Name];
}
