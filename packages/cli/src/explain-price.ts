import {
  describeReason,
  inputTokenTotal,
  type ModelCall,
  moneyFromPico,
  pricedModel,
  type PricedBucket,
  type PricedLine,
  type PricedResult,
  type UnpricedResult,
  USAGE_BUCKETS,
  type UsageBucket,
} from '@costspan/cost-model';
import {
  callRegion,
  type EntryData,
  type PriceBook,
  type PriceBookData,
  type PriceExplanation,
  type RateOrigin,
  type RatesData,
  type RegionData,
} from '@costspan/pricing';
import { describeConditions, describeHours } from './describe-rates.ts';
import { displayExactMoney } from './display-money.ts';
import { displayCount, displayRate, displayRateUnit } from './display-rate.ts';
import { formatTable, printable } from './table.ts';

/** What an explanation is made of. */
export interface ExplainedPrice {
  readonly result: PricedResult;
  readonly call: ModelCall;
  readonly atMillis: number;
  readonly book: PriceBook;
  readonly data: PriceBookData;
}

type Fact = readonly [name: string, text: string];

const NAME_WIDTH = 11;
const TEXT_CHARACTERS_MAX = 2000;

/** Explains a price: its lines, then every fact that led to their rates, a line each. */
export function explainPrice(explained: ExplainedPrice): string {
  const { result, call, atMillis, book, data } = explained;
  const explanation = book.explain(call, atMillis);
  const facts: Fact[] = [
    ...(explanation === undefined
      ? [
          [
            'Entry',
            'none: the price book has no price, the amount is the one that the provider reports',
          ] as const,
        ]
      : [...matchFacts(explanation), ...originFacts(explanation.origin, call)]),
    ...(explanation === undefined ? [] : entryFacts(explanation, explained)),
    ...reportedFacts(result, data.currency),
    ...(explanation === undefined
      ? []
      : [['Source', `${explanation.match.sourceUrl}, checked ${explanation.match.checked}`] as const]),
    bookFact(book),
  ];
  return [linesTable(result, data.currency), '', ...facts.map(factLine)].join('\n');
}

/** Says why a call has no price, and what the book has that is most like it. */
export function explainMissingPrice(
  result: UnpricedResult,
  { call, atMillis, book }: Omit<ExplainedPrice, 'result' | 'data'>,
  closest: readonly string[],
): string {
  const detail = result.detail === undefined || result.detail === '' ? '' : ` (${result.detail})`;
  const match = book.find(call.provider, pricedModel(call) ?? '', atMillis);
  const tiers = ['list price', ...Object.keys(match?.period.serviceTiers ?? {})].join(', ');
  const facts: Fact[] =
    match === undefined
      ? closest.length === 0
        ? []
        : [['Closest', closest.join(', ')]]
      : [
          ['Entry', `${match.entry}, found ${match.how}`],
          ...(result.reason === 'service_tier_not_in_price_book' ? [['Tiers', tiers] as const] : []),
          ['Source', `${match.sourceUrl}, checked ${match.checked}`],
        ];
  return [
    printable(`No price: ${describeReason(result.reason)}${detail}.`, TEXT_CHARACTERS_MAX),
    '',
    ...[...facts, bookFact(book)].map(factLine),
  ].join('\n');
}

function linesTable(result: PricedResult, currency: string): string {
  const total = displayExactMoney(moneyFromPico(result.totalPico), currency);
  return formatTable(
    [
      { head: 'Component', align: 'left' },
      { head: 'What', align: 'left' },
      { head: 'Quantity', align: 'right' },
      { head: 'Rate', align: 'decimal' },
      { head: 'Per', align: 'left' },
      { head: 'Amount', align: 'decimal' },
    ],
    result.lines.map((line) => [
      line.component,
      labelOf(line, result),
      displayCount(line.quantity),
      displayRate(line.rate.decimal, currency),
      displayRateUnit(line.rate),
      displayExactMoney(moneyFromPico(line.amountPico), currency),
    ]),
    { footRows: [['total', '', '', '', '', total]] },
  );
}

const OTHER_LABELS = { gpu: 'GPU time', gpuIdle: 'idle GPU time', overhead: 'overhead' } as const;

function isUsageBucket(bucket: PricedBucket): bucket is UsageBucket {
  return bucket in USAGE_BUCKETS;
}

function labelOf({ bucket }: PricedLine, { reported }: PricedResult): string {
  if (!isUsageBucket(bucket)) return OTHER_LABELS[bucket];
  return reported?.applied === true ? 'as reported by the provider' : USAGE_BUCKETS[bucket].label;
}

function matchFacts({ match }: PriceExplanation): Fact[] {
  const { entry, how, exact, from, until, data } = match;
  const since = from === undefined ? 'in force from the beginning' : `in force since ${from}`;
  const doubt = data.approximate ?? 'another model of that name can have another price';
  return [
    ['Entry', `${entry}, found ${how}`],
    ...(exact ? [] : [['APPROXIMATE', `this need not be the price: ${doubt}`] as const]),
    ['Period', until === undefined ? `${since}, no end known` : `${since} until ${until}`],
  ];
}

function originFacts(origin: RateOrigin, call: ModelCall): Fact[] {
  const { serviceTier, region, window, length, options = [], period } = origin;
  const facts: Fact[] = [['Tier', tierText(serviceTier, call)]];
  if (region !== undefined) {
    facts.push(['Region', `${region.names.join(', ')}: ${regionEffect(region)}`]);
  } else if (period.regions !== undefined || call.region !== undefined) {
    const name = callRegion(call);
    const stated = name === undefined ? 'none is stated' : `${name} has no price of its own`;
    facts.push(['Region', `${stated}: the list price`]);
  }
  if (window !== undefined) facts.push(['Hours', describeHours(window)]);
  else if (period.windows !== undefined) facts.push(['Hours', 'outside the hours with rates of their own']);
  if (length !== undefined) {
    const input = displayCount(inputTokenTotal(call.usage ?? {}));
    const from = displayCount(length.inclusive ? length.inputTokens : length.inputTokens + 1);
    facts.push([
      'Length',
      `${input} input tokens: from ${from} on the long-context rates apply to the whole request`,
    ]);
  }
  for (const option of options) facts.push(['Option', describeConditions(option.when)]);
  for (const unused of unusedConditions(call, origin)) facts.push(['Option', unused]);
  if (period.discount !== undefined) {
    facts.push(['Discount', `${period.discount.percent} % off, says ${period.discount.by}`]);
  }
  return facts;
}

/** What the call states and no rate was found for: a misspelt value would be priced at the default unseen. */
function unusedConditions({ conditions = {} }: ModelCall, { period, options = [] }: RateOrigin): string[] {
  const names = new Set((period.options ?? []).flatMap(({ when }) => Object.keys(when)));
  return Object.entries(conditions)
    .filter(([name, value]) => !options.some(({ when }) => when[name] === value))
    .map(([name, value]) => {
      const effect = names.has(name) ? 'has no price of its own: the default' : 'no price here depends on it';
      return `${name} = ${value}: ${effect}`;
    });
}

function regionEffect({ multiplier }: RegionData): string {
  if (multiplier === undefined) return 'rates of its own';
  return multiplier === '1' ? 'the list price' : `${multiplier} × the rates of tokens`;
}

function tierText(serviceTier: string | undefined, { serviceTier: stated }: ModelCall): string {
  if (serviceTier !== undefined) return serviceTier;
  return stated === undefined ? 'the list price, none is stated' : `${stated}, which is the list price`;
}

function entryFacts({ match, origin }: PriceExplanation, explained: ExplainedPrice): Fact[] {
  const { data: entry } = match;
  const { result, book } = explained;
  const buckets = result.lines.flatMap(({ bucket }) => (isUsageBucket(bucket) ? [bucket] : []));
  return [
    ...minimumFacts(entry, buckets),
    ...buckets.flatMap((bucket) => fallbackFacts(bucket, ratesOf(origin))),
    ...Object.entries(entry.derived ?? {}).flatMap(([bucket, rule]): Fact[] => {
      if (!buckets.includes(bucket as UsageBucket)) return [];
      const text = explained.data.rules[rule] ?? rule;
      return [['Derived', `${USAGE_BUCKETS[bucket as UsageBucket].label}: ${text}`]];
    }),
    ...exchangeFacts(entry, explained),
    ...(book.overhead === undefined
      ? []
      : [['Overhead', `${book.overhead.percent} %, reviewed ${book.overhead.reviewed}`] as const]),
    ...(entry.notes ?? []).map((note): Fact => ['Note', note]),
  ];
}

function minimumFacts({ minimum = {} }: EntryData, buckets: readonly UsageBucket[]): Fact[] {
  return buckets.flatMap((bucket): Fact[] => {
    const least = minimum[bucket];
    return least === undefined
      ? []
      : [['Minimum', `a call is billed for at least ${least} ${USAGE_BUCKETS[bucket].label}`]];
  });
}

/** The rates that the lines were looked up in, before any fallback. */
function ratesOf({ period, serviceTier, region, window, length, options = [] }: RateOrigin): RatesData {
  const place = region?.card === undefined ? period : { ...region.card, serviceTiers: region.serviceTiers };
  const tier = serviceTier === undefined ? undefined : place.serviceTiers?.[serviceTier];
  const card = length ?? window ?? tier ?? place;
  return Object.assign({}, card.rates, ...options.map(({ rates }) => rates)) as RatesData;
}

function fallbackFacts(bucket: UsageBucket, rates: RatesData): Fact[] {
  const isToken = USAGE_BUCKETS[bucket].unit === 'token';
  if (!isToken || rates[bucket] !== undefined) return [];
  const writes: UsageBucket[] = ['cacheWrite', 'cacheWrite5m', 'input'];
  const candidates: UsageBucket[] =
    bucket === 'reasoning' ? ['output'] : bucket === 'cacheRead' ? ['input'] : writes;
  const used = candidates.find((candidate) => candidate !== bucket && rates[candidate] !== undefined);
  if (used === undefined) return [];
  const [what, as] = [USAGE_BUCKETS[bucket].label, USAGE_BUCKETS[used].label];
  return [['Billed as', `${what} has no rate of its own: it is billed as ${as}`]];
}

function exchangeFacts(entry: EntryData, { data, atMillis }: ExplainedPrice): Fact[] {
  const { currency } = entry;
  if (currency === undefined || currency === data.currency) return [];
  const rate = (data.exchangeRates ?? []).findLast(
    (each) => each.currency === currency && Date.parse(each.from) <= atMillis,
  );
  if (rate === undefined) return [];
  return [
    ['Exchange', `1 ${currency} = ${rate.rate} ${data.currency} since ${rate.from}, ${rate.sourceUrl}`],
  ];
}

function reportedFacts({ reported }: PricedResult, currency: string): Fact[] {
  if (reported === undefined) return [];
  const show = (pico: number): string => displayExactMoney(moneyFromPico(pico), currency);
  const { amountPico, differencePico, applied } = reported;
  const ours =
    differencePico === undefined
      ? 'the price book has no price'
      : `the price book gives ${show(amountPico - differencePico)}, a difference of ${show(differencePico)}`;
  const used = applied ? 'the total is what the provider reports' : 'the total is what the price book gives';
  return [['Reported', `${show(amountPico)} by the provider; ${ours}; ${used}`]];
}

function bookFact({ version, digest }: PriceBook): Fact {
  return ['Book', `${version}, ${digest}`];
}

function factLine([name, text]: Fact): string {
  return `${name.padEnd(NAME_WIDTH)}  ${printable(text, TEXT_CHARACTERS_MAX)}`;
}
