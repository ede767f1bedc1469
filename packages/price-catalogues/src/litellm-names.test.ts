import { describe, expect, it } from 'vitest';
import { litellmName } from './litellm-names.ts';

describe('litellmName', () => {
  it.each([
    ['gpt-4o', 'openai', 'openai', { model: 'gpt-4o' }],
    ['azure/gpt-4o', 'azure.ai.openai', 'azure', { model: 'gpt-4o' }],
    [
      'azure/eu/gpt-4o-2024-08-06',
      'azure.ai.openai',
      'azure',
      { model: 'gpt-4o-2024-08-06', region: 'data_zone' },
    ],
    ['azure/global-standard/gpt-4o', 'azure.ai.openai', 'azure', { model: 'gpt-4o', region: 'global' }],
    [
      'azure/standard/1024-x-1024/dall-e-3',
      'azure.ai.openai',
      'azure',
      { model: 'dall-e-3', when: { quality: 'standard', size: '1024x1024' } },
    ],
    ['us.anthropic.claude-v2:1', 'aws.bedrock', 'bedrock', { model: 'us.anthropic.claude-v2:1' }],
    [
      'bedrock/us-gov-west-1/amazon.nova-pro-v1:0',
      'aws.bedrock',
      'bedrock',
      { model: 'amazon.nova-pro-v1:0', region: 'us-gov-west-1' },
    ],
    [
      'bedrock/*/6-month-commitment/cohere.command-text-v14',
      'aws.bedrock',
      'bedrock',
      { model: 'cohere.command-text-v14', region: '*', committed: true },
    ],
    ['bedrock/invoke/us.anthropic.claude-v2', 'aws.bedrock', 'bedrock', { model: 'us.anthropic.claude-v2' }],
    [
      '1024-x-1024/max-steps/bedrock/amazon.nova-canvas-v1:0',
      'aws.bedrock',
      'bedrock',
      { model: 'amazon.nova-canvas-v1:0', when: { size: '1024x1024', steps: 'max' } },
    ],
    [
      'vertex_ai/claude-opus-4@20250514',
      'gcp.vertex_ai',
      'vertex_ai-anthropic_models',
      { model: 'claude-opus-4@20250514' },
    ],
    ['gemini/gemini-2.5-pro', 'gcp.gemini', 'gemini', { model: 'gemini-2.5-pro' }],
    ['together_ai/meta-llama/Llama-3-8b', 'together_ai', 'together_ai', { model: 'meta-llama/llama-3-8b' }],
    ['groq/openai/gpt-oss-20b', 'groq', 'groq', { model: 'openai/gpt-oss-20b' }],
    ['openrouter/openai/gpt-4o', 'openrouter', 'openrouter', { model: 'openai/gpt-4o' }],
  ])('takes %s apart', (key, provider, litellmProvider, expected) => {
    expect(litellmName(key, provider, litellmProvider)).toEqual({
      region: undefined,
      when: undefined,
      committed: false,
      ...expected,
    });
  });
});
