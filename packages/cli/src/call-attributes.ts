import { type CallConditions, canonicalProvider } from '@costspan/cost-model';

/** What the attributes of a call say about its price, beside its usage. */
export interface CallAttributes {
  /** OpenTelemetry's name: the one that was given, else that of the attributes. */
  readonly provider?: string | undefined;
  readonly requestModel?: string;
  readonly responseModel?: string;
  readonly operation?: string;
  readonly serviceTier?: string;
  readonly region?: string;
  readonly serverAddress?: string;
  readonly errorType?: string;
  /** A decimal, as the provider wrote it. */
  readonly reportedCost?: string;
  readonly conditions: CallConditions;
}

type Fact = Exclude<keyof CallAttributes, 'conditions'>;

interface AttributeRule {
  readonly fact: Fact;
  /** The last segments of the name in snake case. */
  readonly ending: string;
  /** Only for these providers. */
  readonly providers?: readonly string[];
  /** The whole name must be the ending. */
  readonly wholeName?: boolean;
  /** What the value means; a value that means nothing here leaves the fact open. */
  readonly read?: (value: string) => string | undefined;
}

const REGIONAL_CLOUDS = ['aws.bedrock', 'gcp.vertex_ai'];

/**
 * Which attributes state which fact; of several the first rule counts. Instrumentations prefix the same names
 * differently (`openai.response.service_tier`, `serviceTier`), so that names are compared by their ending.
 */
const ATTRIBUTE_RULES: readonly AttributeRule[] = [
  { fact: 'provider', ending: 'gen_ai.provider.name' },
  { fact: 'provider', ending: 'gen_ai.system' },
  { fact: 'requestModel', ending: 'request.model' },
  { fact: 'responseModel', ending: 'response.model' },
  { fact: 'responseModel', ending: 'response_model' },
  { fact: 'operation', ending: 'gen_ai.operation.name' },
  { fact: 'errorType', ending: 'error.type' },
  { fact: 'serverAddress', ending: 'server.address' },
  { fact: 'serviceTier', ending: 'response.service_tier' },
  { fact: 'serviceTier', ending: 'usage.service_tier' },
  { fact: 'serviceTier', ending: 'speed', read: (speed) => (speed === 'fast' ? 'fast' : undefined) },
  { fact: 'serviceTier', ending: 'service_tier' },
  { fact: 'serviceTier', ending: 'traffic_type' },
  { fact: 'region', ending: 'inference_geo' },
  { fact: 'region', ending: 'deployment_type', read: deploymentRegion },
  // Elsewhere it is the region of the calling program, which does not change the price.
  { fact: 'region', ending: 'cloud.region', providers: REGIONAL_CLOUDS },
  { fact: 'region', ending: 'region' },
  { fact: 'region', ending: 'location' },
  { fact: 'reportedCost', ending: 'openrouter.usage.cost' },
  // Elsewhere instrumentations write their own estimate there.
  { fact: 'reportedCost', ending: 'gen_ai.usage.cost', providers: ['openrouter'] },
  { fact: 'reportedCost', ending: 'usage.cost', wholeName: true },
  { fact: 'reportedCost', ending: 'usage.cost.total_cost', wholeName: true },
];

/** More attributes than these no span has. */
const ATTRIBUTES_MAX = 1000;
const VALUE_CHARACTERS_MAX = 512;
const DEPTH_MAX = 5;

/**
 * Reads span-like attributes of any spelling: flat names with dots or nested objects, snake case or camel
 * case. Every one is also a condition under its last segment, in lower case, for prices that depend on how a
 * call was made (`search_context_size`); where several share it, that of the response counts.
 */
export function readCallAttributes(
  attributes: Readonly<Record<string, unknown>>,
  provider: string | undefined,
): CallAttributes {
  const values = new Map<string, string>();
  flatten(attributes, '', values, DEPTH_MAX);
  const stated: { [fact in Fact]?: string } = provider === undefined ? {} : { provider };
  for (const rule of ATTRIBUTE_RULES) {
    const isForProvider = rule.providers?.includes(stated.provider ?? '') ?? true;
    if (!isForProvider || stated[rule.fact] !== undefined) continue;
    const value = valueOf(rule, values);
    if (value !== undefined) stated[rule.fact] = rule.fact === 'provider' ? canonicalProvider(value) : value;
  }
  return { ...stated, conditions: conditionsOf(values) };
}

function valueOf(rule: AttributeRule, values: ReadonlyMap<string, string>): string | undefined {
  for (const [name, value] of values) {
    const named = name === rule.ending || (rule.wholeName !== true && name.endsWith(`.${rule.ending}`));
    if (!named || isOfTheCaller(rule, name)) continue;
    const read = rule.read === undefined ? value : rule.read(value.toLowerCase());
    if (read !== undefined && read !== '') return read;
  }
  return undefined;
}

/** Where the calling program or its user is: it ends like a region, but is none of the provider's. */
function isOfTheCaller(rule: AttributeRule, name: string): boolean {
  if (rule.fact !== 'region' || rule.ending === 'cloud.region') return false;
  return name.endsWith('cloud.region') || name.includes('user_location');
}

function conditionsOf(values: ReadonlyMap<string, string>): CallConditions {
  const conditions = new Map<string, string>();
  for (const [name, value] of values) {
    const segments = name.split('.');
    const last = segments.at(-1) ?? '';
    const isAnswer = segments.includes('response');
    if (isAnswer || !conditions.has(last)) conditions.set(last, value.toLowerCase());
  }
  return Object.fromEntries(conditions);
}

function flatten(
  attributes: Readonly<Record<string, unknown>>,
  prefix: string,
  values: Map<string, string>,
  depth: number,
): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (values.size >= ATTRIBUTES_MAX) return;
    const name = prefix + snakeCase(key);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      const text = String(value).trim();
      if (text.length <= VALUE_CHARACTERS_MAX) values.set(name, text);
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth > 1) {
      flatten(value as Readonly<Record<string, unknown>>, `${name}.`, values, depth - 1);
    }
  }
}

/** `gen_ai.request.searchContextSize` and `search-context-size` end in `search_context_size`. */
export function snakeCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
}

/** Azure's names of a deployment's type: `GlobalStandard`, `DataZoneBatch`, `Standard`. */
function deploymentRegion(type: string): string | undefined {
  const letters = type.replaceAll(/[^a-z]/g, '');
  if (letters.startsWith('global')) return 'global';
  if (letters.startsWith('datazone')) return 'data_zone';
  return letters === 'standard' || letters.startsWith('regional') ? 'regional' : type;
}
