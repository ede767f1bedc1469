import { describe, expect, it } from 'vitest';
import { spelledNames } from './genai-prices-names.ts';

describe('spelledNames', () => {
  it('takes whole names as aliases, and beginnings as prefixes for snapshots too', () => {
    const match = {
      or: [{ equals: 'GPT-4O-2024-08-06' }, { starts_with: 'gpt-4o' }, { regex: '^gpt-4o-x-\\d{8}$' }],
    };
    expect(spelledNames('gpt-4o', match, 'openai')).toEqual({
      aliases: ['gpt-4o-2024-08-06', 'gpt-4o-x'],
      prefixes: ['gpt-4o'],
    });
  });

  it('takes no half of a date, and no part of a condition for a name', () => {
    expect(spelledNames('m', { starts_with: 'claude-sonnet-4-2025' }, 'anthropic')).toEqual({
      aliases: [],
      prefixes: [],
    });
    expect(spelledNames('m', { and: [{ contains: 'gpt' }, { contains: 'mini' }] }, 'openai')).toEqual({
      aliases: [],
      prefixes: [],
    });
  });

  it('leaves no separator and no space at the end of a prefix', () => {
    expect(spelledNames('m', { starts_with: 'gpt -' }, 'openai').prefixes).toEqual(['gpt']);
  });

  it('writes Bedrock names with the version that the id has', () => {
    expect(
      spelledNames('amazon.nova-pro-v1:0', { contains: 'amazon.nova-pro' }, 'aws.bedrock').aliases,
    ).toEqual(['amazon.nova-pro-v1', 'amazon.nova-pro']);
  });
});
