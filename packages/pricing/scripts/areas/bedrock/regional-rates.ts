import { readFileSync } from 'node:fs';
import { factorOf, multiplyDecimal } from '../../../src/exact-factor.ts';
import type { RateCardData, RatesData, RegionData, ServiceTiersData } from '../../../src/index.ts';
import { type Correction, perMillion } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { scaledCard } from '../period-edits.ts';
import { tierFactors } from './service-tiers.ts';

interface RegionalRates {
  readonly names: string[];
  readonly rates: RatesData;
  readonly batch: RatesData | undefined;
}

/** A correction for each model of regional-rates.txt: the rate cards of its regions, in every service tier. */
export function regionalRates(): Correction[] {
  return [...readRegions()].map(([model, regions]) => ({
    entry: `aws.bedrock/${model}`,
    apply: (entry) => {
      entry.periods = entry.periods.map((period) => ({
        ...period,
        regions: [
          ...(period.regions ?? []),
          ...regions.map((region) => regionOf(region, period.rates, entry)),
        ],
      }));
    },
  }));
}

function readRegions(): Map<string, RegionalRates[]> {
  const models = new Map<string, RegionalRates[]>();
  let regions: RegionalRates[] = [];
  const text = readFileSync(new URL('regional-rates.txt', import.meta.url), 'utf8');
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (!line.startsWith(' ')) models.set(line, (regions = []));
    else {
      const [names = '', prices = ''] = line.trim().split(': ');
      const [list = '', batch] = prices.split(' batch ');
      regions.push({
        names: names.split(' '),
        rates: inputAndOutput(list),
        batch: batch === undefined ? undefined : inputAndOutput(batch),
      });
    }
  }
  return models;
}

function inputAndOutput(prices: string): RatesData {
  const [input = '', output] = prices.split(' ');
  return perMillion(output === undefined ? { input } : { input, output });
}

/** Cached input is a quarter of the region's input for Nova, as it is of the list price. */
function regionOf(
  { names, rates, batch }: RegionalRates,
  list: RatesData,
  { model }: EntryDraft,
): RegionData {
  const { input } = rates;
  const quarter = factorOf('0.25');
  const card: RateCardData = {
    rates: {
      ...rates,
      ...(list.cacheRead !== undefined &&
        input !== undefined && {
          cacheRead: { ...input, decimal: multiplyDecimal(input.decimal, quarter) },
        }),
    },
  };
  const serviceTiers: ServiceTiersData = Object.fromEntries(
    tierFactors(model).map(([tier, factor]) => [
      tier,
      tier === 'batch' && batch !== undefined ? { rates: batch } : scaledCard(card, factor),
    ]),
  );
  return { names, card, ...(Object.keys(serviceTiers).length > 0 && { serviceTiers }) };
}
