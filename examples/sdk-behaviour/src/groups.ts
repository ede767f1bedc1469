import type { Behaviours } from './behaviour.ts';
import { aiSdkBehaviours } from './behaviours/ai-sdk.ts';
import { anthropicBehaviours } from './behaviours/anthropic.ts';
import { bedrockBehaviours } from './behaviours/bedrock.ts';
import { fetchBehaviours } from './behaviours/fetch.ts';
import { googleBehaviours } from './behaviours/google.ts';
import { nodeHttpBehaviours } from './behaviours/node-http.ts';
import { openAiTransportBehaviours } from './behaviours/openai-transport.ts';
import { openAiBehaviours } from './behaviours/openai.ts';
import { axiosBehaviours, gotBehaviours, nodeFetchBehaviours } from './behaviours/http-clients.ts';
import { undiciBehaviours } from './behaviours/undici.ts';
import { type LoadModule, loadSdk, type Sdks } from './sdks.ts';

interface Group {
  readonly name: string;
  /** False for a library that changes the process as it is loaded. */
  readonly loadsEarly: boolean;
  load(load: LoadModule): Promise<Behaviours>;
}

/** In the order in which they run. npm's undici takes over `fetch` in some versions of Node, so it comes last. */
export const GROUPS: readonly Group[] = [
  group('openai', 'openai', openAiBehaviours),
  group('openai transport', 'openai', openAiTransportBehaviours),
  group('anthropic', 'anthropic', anthropicBehaviours),
  group('ai', 'ai', aiSdkBehaviours),
  group('google', 'google', googleBehaviours),
  group('bedrock', 'bedrock', bedrockBehaviours),
  { name: 'fetch', loadsEarly: true, load: async () => fetchBehaviours },
  { name: 'node:http', loadsEarly: true, load: async () => nodeHttpBehaviours },
  group('axios', 'axios', axiosBehaviours),
  group('got', 'got', gotBehaviours),
  group('node-fetch', 'nodeFetch', nodeFetchBehaviours),
  group('undici', 'undici', undiciBehaviours, false),
];

function group<Name extends keyof Sdks>(
  name: string,
  sdk: Name,
  behavioursOf: (sdk: Sdks[Name]) => Behaviours,
  loadsEarly: boolean = true,
): Group {
  return {
    name,
    loadsEarly,
    async load(load) {
      return behavioursOf(await loadSdk(sdk, load));
    },
  };
}
