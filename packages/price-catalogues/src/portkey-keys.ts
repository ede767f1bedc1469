import type { PricedBucket, RateUnit } from './book-draft.ts';

/** A cent a token is 10,000 dollars a million: four places. */
const CENTS_PER_TOKEN: RateUnit = { per: 1_000_000, places: 4 };
/** A cent is a hundredth of a dollar. */
const CENTS_EACH: RateUnit = { per: 1, places: -2 };
export const CENTS_PER_IMAGE: RateUnit = CENTS_EACH;
export const CENTS_PER_SECOND: RateUnit = CENTS_EACH;

/** The catalogue's price keys, of `pay_as_you_go`, `batch_config` and `additional_units`. */
export const PORTKEY_KEYS: Readonly<Record<string, PricedBucket>> = {
  request_token: ['input', CENTS_PER_TOKEN],
  request_text_token: ['input', CENTS_PER_TOKEN],
  response_token: ['output', CENTS_PER_TOKEN],
  response_text_token: ['output', CENTS_PER_TOKEN],
  cache_read_input_token: ['cacheRead', CENTS_PER_TOKEN],
  cache_read_text_input_token: ['cacheRead', CENTS_PER_TOKEN],
  cached_text_input_token: ['cacheRead', CENTS_PER_TOKEN],
  cache_write_input_token: ['cacheWrite', CENTS_PER_TOKEN],
  request_audio_token: ['inputAudio', CENTS_PER_TOKEN],
  response_audio_token: ['outputAudio', CENTS_PER_TOKEN],
  cache_read_audio_input_token: ['cacheReadAudio', CENTS_PER_TOKEN],
  request_image_token: ['inputImage', CENTS_PER_TOKEN],
  response_image_token: ['outputImage', CENTS_PER_TOKEN],
  cache_read_image_input_token: ['cacheReadImage', CENTS_PER_TOKEN],
  cached_image_input_token: ['cacheReadImage', CENTS_PER_TOKEN],
};

export const PORTKEY_UNIT_KEYS: Readonly<Record<string, PricedBucket>> = {
  cache_write_1h: ['cacheWrite1h', CENTS_PER_TOKEN],
  image_token: ['outputImage', CENTS_PER_TOKEN],
  output_video_token: ['outputVideo', CENTS_PER_TOKEN],
  video_seconds: ['seconds', CENTS_PER_SECOND],
  web_search: ['webSearches', CENTS_EACH],
  search: ['webSearches', CENTS_EACH],
  file_search: ['fileSearches', CENTS_EACH],
};

/** Numbers among the additional units that are defaults of a request and no prices. */
export const PORTKEY_DEFAULTS: ReadonlySet<string> = new Set([
  'default_duration_seconds',
  'default_sample_count',
]);

/** `gemini-2.5-pro-gt-128k`: a model's price beyond a length is a model of its own in the catalogue. */
export const CONTEXT_SUFFIX: RegExp = /^(.+)-(lte|gt)-(\d{1,5})k$/;
