import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';

/** The five ways in which this service has come to call models. */
export interface ModelClients {
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
  readonly aiSdk: OpenAIProvider;
  readonly google: GoogleGenAI;
  readonly bedrock: BedrockRuntimeClient;
}

const RETRIES_MAX = 3;
const ATTEMPTS_MAX = RETRIES_MAX + 1;

/** Keys, regions and base URLs come from the clients' own environment variables. */
export function createModelClients(): ModelClients {
  return {
    openai: new OpenAI({ maxRetries: RETRIES_MAX }),
    anthropic: new Anthropic({ maxRetries: RETRIES_MAX }),
    aiSdk: createOpenAI(),
    // Unless it is told to, this client does not retry.
    google: new GoogleGenAI({
      httpOptions: { retryOptions: { attempts: ATTEMPTS_MAX, initialDelay: 0.25 } },
    }),
    bedrock: new BedrockRuntimeClient({ maxAttempts: ATTEMPTS_MAX }),
  };
}
