import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI, type OpenAIProvider } from '@ai-sdk/openai';
import OpenAI from 'openai';

/** The three ways in which this service has come to call models; each has spans of its own. */
export interface ModelClients {
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
  readonly aiSdk: OpenAIProvider;
}

const RETRIES_MAX = 3;

/** Keys and base URLs come from the clients' own environment variables. */
export function createModelClients(): ModelClients {
  return {
    openai: new OpenAI({ maxRetries: RETRIES_MAX }),
    anthropic: new Anthropic({ maxRetries: RETRIES_MAX }),
    aiSdk: createOpenAI(),
  };
}
