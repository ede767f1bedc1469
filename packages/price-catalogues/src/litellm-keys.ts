import type { PricedBucket, RateUnit } from './book-draft.ts';

const TOKEN: RateUnit = { per: 1_000_000, places: 6 };
const CHARACTER: RateUnit = { per: 1_000_000, places: 6 };
const ONE: RateUnit = { per: 1, places: 0 };
const THOUSAND: RateUnit = { per: 1000, places: 0 };

/** The catalogue's price keys without what may follow them, and what each one prices. */
export const LITELLM_KEYS: Readonly<Record<string, PricedBucket>> = {
  input_cost_per_token: ['input', TOKEN],
  output_cost_per_token: ['output', TOKEN],
  output_cost_per_reasoning_token: ['reasoning', TOKEN],
  citation_cost_per_token: ['citations', TOKEN],
  cache_read_input_token_cost: ['cacheRead', TOKEN],
  input_cost_per_token_cache_hit: ['cacheRead', TOKEN],
  cache_read_input_audio_token_cost: ['cacheReadAudio', TOKEN],
  cache_read_input_image_token_cost: ['cacheReadImage', TOKEN],
  cache_creation_input_token_cost: ['cacheWrite', TOKEN],
  input_cost_per_audio_token: ['inputAudio', TOKEN],
  output_cost_per_audio_token: ['outputAudio', TOKEN],
  input_cost_per_image_token: ['inputImage', TOKEN],
  output_cost_per_image_token: ['outputImage', TOKEN],
  input_cost_per_video_token: ['inputVideo', TOKEN],
  output_cost_per_video_token: ['outputVideo', TOKEN],
  input_cost_per_character: ['characters', CHARACTER],
  output_cost_per_character: ['characters', CHARACTER],
  input_cost_per_second: ['seconds', ONE],
  output_cost_per_second: ['seconds', ONE],
  output_cost_per_video_per_second: ['seconds', ONE],
  input_cost_per_image: ['images', ONE],
  output_cost_per_image: ['images', ONE],
  input_cost_per_query: ['rerankSearches', ONE],
  input_cost_per_request: ['requests', ONE],
  ocr_cost_per_page: ['pages', ONE],
  annotation_cost_per_page: ['annotatedPages', ONE],
  file_search_cost_per_1k_calls: ['fileSearches', THOUSAND],
};

/** A price key taken apart: `cache_creation_input_token_cost_above_1hr_above_200k_tokens`. */
export interface LitellmKey {
  readonly base: string;
  /** A cache write that lives for an hour. */
  readonly oneHour: boolean;
  /** Holds for requests with more input than this. */
  readonly aboveTokens: number | undefined;
  readonly serviceTier: string | undefined;
}

const KEY = /^(.+?)(_above_1hr)?(?:_above_(\d{1,5})k_tokens)?(?:_(batches|flex|priority))?$/;

export function litellmKey(key: string): LitellmKey {
  const [, base = key, oneHour, thousands, tier] = KEY.exec(key) ?? [];
  return {
    base,
    oneHour: oneHour !== undefined,
    aboveTokens: thousands === undefined ? undefined : Number(thousands) * 1000,
    serviceTier: tier === 'batches' ? 'batch' : tier,
  };
}

/** Whether a key may state a price. Names and limits do not. */
export function mayStatePrice(key: string): boolean {
  return /cost|price|pricing|uplift|^provider_specific_entry$/.test(key);
}
