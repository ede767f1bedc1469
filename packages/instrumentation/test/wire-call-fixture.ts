import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { WireCall } from '../src/wire-call.ts';
import type { WireAnswer, WireFormat } from '../src/wire-format.ts';

const CHAT_FORMAT: WireFormat = {
  name: 'openai-chat',
  operation: 'chat',
  defaultProvider: 'openai',
  routes: [],
  answerFields: [],
  eventKeys: [],
  requestFields: [],
  newReader: () => {
    throw new Error('not read in this test');
  },
};

export const ANSWERED: WireAnswer = {
  isRecognised: true,
  usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
  isUsageFinal: true,
  responseModel: 'gpt-5-mini-2025-08-07',
  responseId: 'chatcmpl-1',
  serviceTier: 'default',
  finishReasons: ['stop'],
};

/** A finished call of `gpt-5-mini`, with what a test cares about. */
export function wireCall(fields: Partial<WireCall> = {}): WireCall {
  return {
    format: CHAT_FORMAT,
    request: {
      provider: 'openai',
      serverAddress: 'api.openai.com',
      serverPort: 443,
      pathFields: {},
      bodyFields: { model: 'gpt-5-mini' },
    },
    isRetrieval: false,
    context: ROOT_CONTEXT,
    startMillis: 1_700_000_000_000,
    durationMillis: 1500,
    answer: ANSWERED,
    isStreamed: false,
    firstChunkMillis: undefined,
    usageMissing: undefined,
    errorType: undefined,
    live: undefined,
    ...fields,
  };
}

export const UNANSWERED: WireAnswer = { isRecognised: false, usage: undefined, isUsageFinal: false };
