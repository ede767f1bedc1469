import type { UsageBucket } from '@costspan/cost-model';
import type { PeriodData, RateData, RatesData } from '../src/index.ts';
import type { EntryDraft } from './genai-entries.ts';

/** What the source does not state, but its provider does for all its models. Written into the price book. */
export const RULES = {
  anthropic_cache_write_1h:
    'Anthropic bills a cache write with a lifetime of one hour at twice the input rate: https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing',
  openai_cache_write:
    'OpenAI bills a cache write at 1.25 times the input rate with all models since GPT-5.6: https://developers.openai.com/api/docs/pricing',
  google_image_as_text:
    'Google prices text and image input alike, where it states no image rate: https://ai.google.dev/gemini-api/docs/pricing',
  output_is_audio: 'All output of a speech model is audio, so its output rate is the rate of audio.',
  output_is_image: 'All output of this image model is images, so its output rate is the rate of images.',
} as const;

type Rates = { [bucket in UsageBucket]?: RateData };

/** Adds the rates that follow from a rule, and says which rule. */
export function addDerivedRates(entry: EntryDraft): void {
  const { provider, model } = entry;
  if (model.includes('claude')) {
    // A single cache-write rate of Anthropic's is the one for five minutes.
    rename(entry, 'cacheWrite', 'cacheWrite5m');
    derive(entry, 'cacheWrite1h', 'anthropic_cache_write_1h', (rates) =>
      rates.cacheWrite5m === undefined || rates.input === undefined ? undefined : twice(rates.input),
    );
  }
  if (/tts/.test(model)) derive(entry, 'outputAudio', 'output_is_audio', (rates) => rates.output);
  if (/^gpt-image-(1|1-mini|2)$/.test(model))
    derive(entry, 'outputImage', 'output_is_image', (rates) => rates.output);
  if (
    provider.startsWith('gcp.') &&
    model.startsWith('gemini-') &&
    !/tts|embedding|live|native/.test(model)
  ) {
    derive(entry, 'inputImage', 'google_image_as_text', (rates) => rates.input);
    derive(entry, 'cacheReadImage', 'google_image_as_text', (rates) => rates.cacheRead);
  }
}

function derive(
  entry: EntryDraft,
  bucket: UsageBucket,
  rule: keyof typeof RULES,
  rate: (rates: RatesData) => RateData | undefined,
): void {
  let derived = false;
  mapRates(entry, (rates) => {
    const value = rates[bucket] === undefined ? rate(rates) : undefined;
    if (value === undefined) return rates;
    derived = true;
    return { ...rates, [bucket]: value };
  });
  if (derived) entry.derived = { ...entry.derived, [bucket]: rule };
}

function rename(entry: EntryDraft, from: UsageBucket, to: UsageBucket): void {
  mapRates(entry, (rates) => {
    const { [from]: rate, ...others }: Rates = rates;
    return rate === undefined ? rates : { ...others, [to]: rate };
  });
}

function mapRates(entry: EntryDraft, change: (rates: RatesData) => RatesData): void {
  entry.periods = entry.periods.map((period): PeriodData => ({
    ...period,
    rates: change(period.rates),
    ...(period.longContext !== undefined && {
      longContext: period.longContext.map((tier) => ({ ...tier, rates: change(tier.rates) })),
    }),
  }));
}

/** Doubles a decimal digit by digit: `"0.25"` is `"0.5"`. */
function twice({ decimal, per }: RateData): RateData {
  const [whole = '', fraction = ''] = decimal.split('.');
  const digits = (BigInt(whole + fraction) * 2n).toString().padStart(fraction.length + 1, '0');
  const point = digits.length - fraction.length;
  const text = fraction === '' ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return { decimal: text.includes('.') ? text.replace(/\.?0+$/, '') : text, per };
}
