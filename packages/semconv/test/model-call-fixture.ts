import type { ModelCall } from '@costspan/cost-model';

/** A call as a telling report has it. */
export const CALL: ModelCall = {
  dialect: 'test',
  provider: 'openai',
  requestModel: 'gpt-5-mini',
  responseModel: 'gpt-5-mini-2025-08-07',
  operation: 'chat',
  usage: { input: 176, cacheRead: 1024, output: 350 },
  usageSource: 'span',
  responseId: undefined,
  serviceTier: undefined,
  serverAddress: undefined,
  errorType: undefined,
};
