import type { PriceBookFinding } from './price-book-finding.ts';

/** Prices that stand out and are right: `entry code` → what was looked at. */
const REVIEWED: Readonly<Record<string, string>> = {
  'gcp.vertex_ai/multimodalembedding rate_implausible': "a multimodal model's price on Google's page",
  'aws.bedrock/amazon.titan-embed-image-v1 rate_implausible': "a multimodal model's price on AWS's page",
  'aws.bedrock/amazon.titan-embed-text-v2:0 tier_out_of_line': "AWS's price list has these regions so",
  'aws.bedrock/stability.stable-conservative-upscale-v1:0 rate_implausible':
    "AWS's price of an upscaled image",
  'aws.bedrock/stability.stable-creative-upscale-v1:0 rate_implausible': "AWS's price of an upscaled image",
  'azure.ai.openai/curie rate_implausible': 'a completion model of 2022 with one price',
  'azure.ai.openai/davinci rate_implausible': 'a completion model of 2022 with one price',
  'perplexity/pplx-embed-v1-0.6b rate_implausible': 'a very small model',
  'cloudflare/@cf/baai/bge-reranker-base rate_implausible': 'a very small model',
  'cloudflare/@cf/meta/llama-guard-3-8b ratio_implausible': 'a classifier that hardly writes anything',
  'deepinfra/deepseek-ai/deepseek-r1-0528 cached_near_input': "the host's own cached rate",
  'inception/mercury cached_near_input': 'the provider gives no discount',
  'inception/mercury-coder cached_near_input': 'the provider gives no discount',
  'openai/gpt-5-image-mini output_below_input': 'text output of a model that draws',
  'openrouter/openai/gpt-5-image-mini output_below_input': 'text output of a model that draws',
  'x_ai/grok-voice-transcribe-1.0 sibling_out_of_line': 'transcription beside models that speak',
  'x_ai/grok-voice-transcribe-2.0 sibling_out_of_line': 'transcription beside models that speak',
};

/** The findings on the built-in book; those that somebody has looked at are only to know. */
export function withReviews(findings: readonly PriceBookFinding[]): PriceBookFinding[] {
  return findings.map((finding) => {
    const review = finding.entry === undefined ? undefined : REVIEWED[`${finding.entry} ${finding.code}`];
    if (review === undefined) return finding;
    return { ...finding, severity: 'info', message: `${finding.message} (reviewed: ${review})` };
  });
}
