import type { Command } from 'commander';
import { parseCount, parseQuantity } from './parse-option.ts';
import { COUNT_NAMES, type CountName, type ReportedCounts } from './reported-usage.ts';

const DESCRIPTIONS: Readonly<Record<CountName, string>> = {
  input_tokens: 'input tokens, cached ones and other modalities included',
  cache_read_tokens: 'input tokens that were read from the cache',
  cache_write_tokens: 'input tokens written to the cache in all',
  cache_write_5m_tokens: 'input tokens written to the cache for 5 minutes',
  cache_write_1h_tokens: 'input tokens written to the cache for 1 hour',
  audio_input_tokens: 'input tokens of audio, cached ones included',
  audio_cache_read_tokens: 'input tokens of audio that were read from the cache',
  image_input_tokens: 'input tokens of images, cached ones included',
  image_cache_read_tokens: 'input tokens of images that were read from the cache',
  video_input_tokens: 'input tokens of video',
  output_tokens: 'output tokens, reasoning and other modalities included',
  reasoning_tokens: 'output tokens that were reasoning',
  audio_output_tokens: 'output tokens of audio',
  image_output_tokens: 'output tokens of images',
  video_output_tokens: 'output tokens of video',
  citation_tokens: 'citation tokens',
  requests: 'requests, where each has a fee (default: one)',
  images: 'images',
  seconds: 'seconds of audio or video',
  characters: 'characters',
  pages: 'pages',
  annotated_pages: 'annotated pages',
  messages: 'messages',
  web_searches: 'web searches that the provider ran',
  file_searches: 'file searches that the provider ran',
  rerank_searches: 'rerank searches',
};

/** Adds an option for every count: `--cache-read-tokens <count>`, … */
export function addCountOptions(command: Command): void {
  for (const name of COUNT_NAMES) {
    const parse = name === 'seconds' ? parseQuantity : parseCount;
    command.option(`${optionOf(name)} <count>`, DESCRIPTIONS[name], parse);
  }
}

/** The option of a count: `--cache-read-tokens`. */
export function optionOf(count: CountName): string {
  return `--${count.replaceAll('_', '-')}`;
}

/** The counts among a command's options. */
export function countsOf(options: Readonly<Record<string, unknown>>): ReportedCounts {
  const counts: { [count in CountName]?: number } = {};
  for (const name of COUNT_NAMES) {
    const value = options[name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'number') counts[name] = value;
  }
  return counts;
}
