/** What an instrumentation is called whose packages a run is about; the SDKs report by themselves where none is named. */
const INSTRUMENTATIONS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/`@opentelemetry\/instrumentation-(?!undici)/, 'OpenTelemetry'],
  [/`@arizeai\//, 'OpenInference'],
  [/`@traceloop\//, 'OpenLLMetry'],
  [/`openlit /, 'OpenLIT'],
  [/`@sentry\//, 'Sentry'],
  [/`@langfuse\//, 'Langfuse'],
  [/`langsmith /, 'LangSmith'],
  [/`@mastra\//, 'Mastra'],
  [/`@google\/adk /, 'Google ADK'],
  [/`@google\/gemini-cli /, 'Gemini CLI'],
  [/`ai /, 'AI SDK itself'],
  [/`@anthropic-ai\/sdk /, 'Anthropic SDK itself'],
  [/`@mistralai\/mistralai /, 'Mistral SDK itself'],
];
const NONE = 'none';
const ALL = 'all runs';

export const SUMMARY_TABLE_HEAD: readonly string[] = [
  'instrumentation',
  'runs',
  'calls served / priceable',
  'of the priceable, billed exactly alone / with the wire',
  'of the money, billed alone / with the wire',
];

/** The columns of the large table that are added up. */
const PACKAGES = 0;
const CALLS = 2;
const EXACT = 3;
const MONEY = 6;

/** Adds up the rows of the large table by instrumentation, and all of them. */
export function summaryRows(rows: readonly (readonly string[])[]): string[][] {
  const groups = Map.groupBy(rows, (row) => instrumentationOf(row[PACKAGES] ?? ''));
  const sorted = [...groups].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return [...sorted, [ALL, rows] as const].map(([name, own]) => summaryRow(name, own));
}

function instrumentationOf(packages: string): string {
  const names = INSTRUMENTATIONS.filter(([pattern]) => pattern.test(packages)).map(([, name]) => name);
  const others = names.filter((name) => !name.endsWith(' itself'));
  return (others.length > 0 ? others : names).join(' and ') || NONE;
}

function summaryRow(name: string, rows: readonly (readonly string[])[]): string[] {
  const [served, priceable] = sums(rows, CALLS);
  const [exactAlone, exactWithWire] = sums(rows, EXACT);
  const [money, moneyAlone, moneyWithWire] = sums(rows, MONEY);
  return [
    name,
    `${rows.length}`,
    `${served} / ${priceable}`,
    `${percent(exactAlone, priceable)} / ${percent(exactWithWire, priceable)}`,
    `${percent(moneyAlone, money)} / ${percent(moneyWithWire, money)}`,
  ];
}

/** The sums of the numbers in a column's cells, which are divided by slashes. */
function sums(rows: readonly (readonly string[])[], column: number): number[] {
  const sum: number[] = [];
  for (const row of rows) {
    for (const [index, text] of (row[column] ?? '').split(' / ').entries()) {
      sum[index] = (sum[index] ?? 0) + Number(text);
    }
  }
  return sum;
}

/** Rounded down, so that only the whole is 100 %. */
function percent(part: number | undefined, whole: number | undefined): string {
  if (part === undefined || whole === undefined || whole === 0) return '–';
  return `${(Math.floor((part / whole) * 1000 + 1e-9) / 10).toFixed(1)} %`;
}
