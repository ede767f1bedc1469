import type { CachePrefix } from './wire-api.ts';

/** A piece of the prompt, in the order in which the provider reads it. */
export interface PromptPart {
  readonly characters: number;
  /** The lifetime of the cache breakpoint at its end, if it has one. */
  readonly breakpoint: '5m' | '1h' | undefined;
}

/** A breakpoint covers everything before it; what a one-hour breakpoint covers is not counted again. */
export function cachePrefix(parts: readonly PromptPart[]): CachePrefix {
  let characters = 0;
  let oneHour = 0;
  let last = 0;
  for (const part of parts) {
    characters += part.characters;
    if (part.breakpoint === undefined) continue;
    last = characters;
    if (part.breakpoint === '1h') oneHour = characters;
  }
  return { oneHourCharacters: oneHour, fiveMinuteCharacters: last - oneHour };
}

/** The prefix of a provider that caches nothing of a prompt unless it is told where. */
export const NO_CACHE_PREFIX: CachePrefix = { oneHourCharacters: 0, fiveMinuteCharacters: 0 };
