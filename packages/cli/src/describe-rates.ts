import { type Rate, USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type {
  OptionData,
  PeriodData,
  RateCardData,
  RateData,
  RatesData,
  RegionData,
  ServiceTiersData,
  WindowData,
} from '@costspan/pricing';
import { displayCount, displayRate, displayRateUnit } from './display-rate.ts';
import { formatTable } from './table.ts';

const DAY_NAMES = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Everything that a period charges: the list price, then what replaces it and when. */
export function describePeriod(period: PeriodData, currency: string): string[] {
  const from = period.from === undefined ? 'From the beginning' : `From ${period.from}`;
  const until = period.until === undefined ? '' : ` until ${period.until}`;
  const { windows = [], serviceTiers, regions = [], options = [], discount } = period;
  const discountText = discount === undefined ? [] : [`${discount.percent} % off, says ${discount.by}`];
  return [
    '',
    `${from}${until}`,
    ...discountText,
    ...describeRateCard(period, currency),
    ...windows.flatMap((window) => ['', describeHours(window), ...describeRateCard(window, currency)]),
    ...describeTiers(serviceTiers, currency, ''),
    ...regions.flatMap((region) => describeRegion(region, currency)),
    ...options.flatMap((option) => describeOption(option, currency)),
  ];
}

/** `16:30 to 00:30 UTC, every day` */
export function describeHours({ days, from, until }: WindowData): string {
  const names = days === undefined ? 'every day' : days.map((day) => DAY_NAMES[day] ?? '').join(', ');
  return `${from} to ${until} UTC, ${names}`;
}

/** `search_context_size = low and quality = hd` */
export function describeConditions(when: OptionData['when']): string {
  return Object.entries(when)
    .map(([name, value]) => `${name} = ${value}`)
    .join(' and ');
}

function describeTiers(tiers: ServiceTiersData | undefined, currency: string, place: string): string[] {
  return Object.entries(tiers ?? {}).flatMap(([tier, card]) => [
    '',
    `Service tier ${tier}${place}`,
    ...describeRateCard(card, currency),
  ]);
}

function describeRegion(region: RegionData, currency: string): string[] {
  const names = region.names.join(', ');
  const { multiplier, card, serviceTiers } = region;
  return [
    '',
    `Region ${names}${multiplier === undefined ? '' : `: ${multiplier} × the rates of tokens`}`,
    ...(card === undefined ? [] : describeRateCard(card, currency)),
    ...describeTiers(serviceTiers, currency, ` in ${names}`),
  ];
}

function describeOption({ when, rates }: OptionData, currency: string): string[] {
  return ['', `With ${describeConditions(when)}`, ratesTable(rates, currency)];
}

function describeRateCard({ rates, longContext = [] }: RateCardData, currency: string): string[] {
  return [
    ...(Object.keys(rates).length === 0 ? [] : [ratesTable(rates, currency)]),
    ...longContext.flatMap((tier) => [
      '',
      `From ${displayCount(tier.inclusive ? tier.inputTokens : tier.inputTokens + 1)} input tokens, for the whole request`,
      ratesTable(tier.rates, currency),
    ]),
  ];
}

function ratesTable(rates: RatesData, currency: string): string {
  const rows = (Object.entries(rates) as [UsageBucket, RateData][]).flatMap(
    ([bucket, { decimal, per, volume = [] }]) => {
      const { unit, label } = USAGE_BUCKETS[bucket];
      const row = (what: string, price: Rate['decimal']): string[] => [
        what,
        displayRate(price, currency),
        displayRateUnit({ per, unit }),
      ];
      return [
        row(label, decimal),
        ...volume.map((step) => row(`${label}, above ${displayCount(step.above)} a call`, step.decimal)),
      ];
    },
  );
  return formatTable(
    [
      { head: 'What', align: 'left' },
      { head: 'Rate', align: 'decimal' },
      { head: 'Per', align: 'left' },
    ],
    rows,
  );
}
