import type { EntryDraft } from '../../genai-entries.ts';
import { tierAtFactor } from '../period-edits.ts';
import {
  addBatch,
  addBatchAndFlex,
  addModalities,
  addPriority,
  addRegionalUplift,
  addSearchFee,
  setTierRate,
} from './gemini-tiers.ts';

/** Models whose cached input is half in batch and flex; of the others it stays as listed. */
const CACHED_HALF_IN_BATCH = /^gemini-3\.(?:1-flash-lite|[5-9])/;
/** Models of which only batches are known, at half of all token prices, that of cached input too. */
const BATCH_AT_HALF = /^gemini-4-/;
const IMAGE = /-image\b/;
const SPEECH = /tts/;
/** Sessions, agents and special models are sold in one tier. */
const ONE_TIER = /live|native-audio|computer-use|robotics|omni|cyber/;
/** What Vertex AI added for endpoints of a place holds for Gemini 3 and later, and only since that day. */
const REGIONAL_UPLIFT_SINCE = '2026-07-01';

/** Adds to list prices what Google states as a rule: modalities, service tiers, searches and places. */
export function completeGemini(entry: EntryDraft): void {
  const { model, provider } = entry;
  if (!SPEECH.test(model)) addModalities(entry);
  addServiceTiers(entry);
  if (!SPEECH.test(model) && !/omni|translate/.test(model)) addSearchFee(entry);
  if (provider === 'gcp.vertex_ai' && model.startsWith('gemini-3'))
    addRegionalUplift(entry, REGIONAL_UPLIFT_SINCE);
}

function addServiceTiers(entry: EntryDraft): void {
  const { model, provider } = entry;
  if (ONE_TIER.test(model)) return;
  if (/^gemini-(?:1\.|pro|flash-1)/.test(model) && !model.endsWith('-latest')) {
    if (provider === 'gcp.vertex_ai') addBatch(entry);
    return;
  }
  if (
    SPEECH.test(model) ||
    /^gemini-2\.0|2\.5-flash-preview$|06-17$|^deep-research|3\.1-flash-.*image/.test(model)
  ) {
    addBatch(entry);
    return;
  }
  if (BATCH_AT_HALF.test(model)) {
    tierAtFactor('batch', '0.5')(entry);
    return;
  }
  addBatchAndFlex(entry, CACHED_HALF_IN_BATCH.test(model) && !IMAGE.test(model) ? 'half' : 'as listed');
  addPriority(entry);
  if (model === 'gemini-3.5-flash') setCached(entry, 'flex', '0.08');
  if (model === 'gemini-3.5-flash-lite') {
    setCached(entry, 'batch', '0.02');
    setCached(entry, 'flex', '0.02');
    setCached(entry, 'priority', '0.05');
  }
}

function setCached(entry: EntryDraft, tier: string, decimal: string): void {
  for (const bucket of ['cacheRead', 'cacheReadAudio', 'cacheReadImage'] as const)
    setTierRate(entry, tier, bucket, decimal);
}
