import type { UsageBucket } from '@costspan/cost-model';

/** What a price may be, between two numbers. */
export interface Band {
  readonly from: number;
  readonly to: number;
}

/** What one rate of a card may be in proportion to another one. */
export interface RatioBand extends Band {
  readonly of: UsageBucket;
}

/**
 * Every band is less than a hundred times as high as it is low: a rate inside it that somebody writes a
 * hundred times too high, or too low, is outside. The numbers are those of the built-in book with room around
 * them; output, for example, costs between 0.8 and 23 times the input.
 */
export const RATIO_BANDS: { readonly [bucket in UsageBucket]?: RatioBand } = {
  output: { of: 'input', from: 0.3, to: 29 },
  cacheRead: { of: 'input', from: 0.0079, to: 0.785 },
  cacheWrite: { of: 'input', from: 0.05, to: 4.5 },
  cacheWrite5m: { of: 'input', from: 0.5, to: 6 },
  cacheWrite1h: { of: 'input', from: 0.5, to: 9 },
  reasoning: { of: 'output', from: 0.15, to: 9 },
  citations: { of: 'input', from: 0.1, to: 9 },
  inputAudio: { of: 'input', from: 0.9, to: 88 },
  inputImage: { of: 'input', from: 0.3, to: 29 },
  inputVideo: { of: 'input', from: 0.9, to: 88 },
  outputAudio: { of: 'output', from: 0.7, to: 68 },
  outputImage: { of: 'output', from: 0.8, to: 79 },
  outputVideo: { of: 'output', from: 0.7, to: 68 },
  cacheReadAudio: { of: 'inputAudio', from: 0.0105, to: 0.99 },
  cacheReadImage: { of: 'inputImage', from: 0.0105, to: 0.99 },
};

/** Prices of a million tokens, or of one of anything else, beyond which it is another unit's. */
export const RATE_BANDS: { readonly [bucket in UsageBucket]?: Band } = {
  input: { from: 0.001, to: 300 },
  output: { from: 0.001, to: 1300 },
  cacheRead: { from: 0.0002, to: 100 },
  cacheWrite: { from: 0.001, to: 300 },
  cacheWrite5m: { from: 0.001, to: 300 },
  cacheWrite1h: { from: 0.001, to: 500 },
  reasoning: { from: 0.001, to: 1300 },
  inputAudio: { from: 0.01, to: 500 },
  outputAudio: { from: 0.01, to: 1000 },
  inputImage: { from: 0.005, to: 300 },
  outputImage: { from: 0.01, to: 1300 },
  inputVideo: { from: 0.005, to: 300 },
  outputVideo: { from: 0.01, to: 1300 },
  requests: { from: 0.001, to: 0.09 },
  images: { from: 0.0026, to: 0.255 },
  seconds: { from: 0.000003, to: 2 },
  characters: { from: 0.0000019, to: 0.00018 },
  pages: { from: 0.0003, to: 0.029 },
  annotatedPages: { from: 0.0003, to: 0.029 },
  messages: { from: 0.0005, to: 0.045 },
  webSearches: { from: 0.001, to: 0.09 },
  fileSearches: { from: 0.0003, to: 0.025 },
  rerankSearches: { from: 0.0003, to: 0.025 },
};

/** Embeddings are billed by far smaller amounts than what speaks and draws. */
export const EMBEDDING_BANDS: { readonly [bucket in UsageBucket]?: Band } = {
  ...RATE_BANDS,
  images: { from: 0.00002, to: 0.0019 },
  characters: { from: 0.000000005, to: 0.00000049 },
  seconds: { from: 0.00005, to: 0.0049 },
};

/** A second of sound that is read costs a thousandth of a second of film that is made. */
export const TRANSCRIPTION_BANDS: { readonly [bucket in UsageBucket]?: Band } = {
  ...RATE_BANDS,
  seconds: { from: 0.000004, to: 0.00039 },
};
export const VIDEO_BANDS: { readonly [bucket in UsageBucket]?: Band } = {
  ...RATE_BANDS,
  seconds: { from: 0.021, to: 2 },
};

/** Rates that have no other one to be in proportion to: of models that only read, or only speak. */
export const LONE_BANDS: { readonly [bucket in UsageBucket]?: Band } = {
  input: { from: 0.0041, to: 0.4 },
  output: { from: 0.21, to: 20 },
  inputAudio: { from: 0.31, to: 30 },
  outputAudio: { from: 2.1, to: 200 },
};

/** What a service tier may cost in proportion to the list price. */
export const TIER_BANDS: Readonly<Record<string, Band>> = {
  batch: { from: 0.1, to: 1 },
  flex: { from: 0.1, to: 1 },
  priority: { from: 0.9, to: 9 },
  fast: { from: 0.9, to: 9 },
};
export const OTHER_TIER: Band = { from: 0.1, to: 9 };
export const LONG_CONTEXT: Band = { from: 0.9, to: 13 };
export const WINDOW: Band = { from: 0.1, to: 9 };
export const REGION: Band = { from: 0.5, to: 3 };
export const OPTION: Band = { from: 0.03, to: 30 };
/** What a price may become from one period to the next. */
export const CHANGE: Band = { from: 0.02, to: 50 };
/** What the same model may cost at another provider. */
export const ELSEWHERE: Band = { from: 0.04, to: 25 };

/** Binary fractions of decimals are not exact: 0.3 × 1.1 is above 0.33. */
const TOLERANCE = 1e-9;

export function isWithin(value: number, { from, to }: Band): boolean {
  return value >= from * (1 - TOLERANCE) && value <= to * (1 + TOLERANCE);
}

/** `0.1–9`, to say what was expected. */
export function bandText({ from, to }: Band): string {
  return `${from}–${to}`;
}
