import { canonicalProvider } from '@costspan/cost-model';

/** A name under which a model may be listed, and how it was derived from the one that was reported. */
export interface NameCandidate {
  readonly name: string;
  /** In words, for explanations. */
  readonly how: string;
  /** False when the price of that name need not be the call's: another host or region can have served it. */
  readonly exact: boolean;
  /** The day of the snapshot that the name had, `YYYY-MM-DD`: a later one than the price's check may cost more. */
  readonly snapshotDay?: string | undefined;
}

type Add = (name: string | undefined, how: string, exact?: boolean, snapshotDay?: string) => void;

/** More names than any reported one leads to; a name made to lead to many is cut off here. */
const CANDIDATES_MAX = 32;

/** Vendors whose models a host sells under their own name: `google/gemini-2.5-pro` on Vertex AI. */
const VENDORS_AT_HOST: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['gcp.vertex_ai', new Set(['google', 'anthropic'])],
  ['azure.ai.openai', new Set(['openai'])],
]);
/** `openai/gpt-4o`, and `openai:gpt-4o` as Pydantic AI writes it. */
const PROVIDER_PREFIX = /^([\w-]+|[\w.-]+(?=\/))[/:](.+)$/;
/** `azure/global/gpt-4o`: LiteLLM's name for a global deployment, which has the list price. */
const AZURE_GLOBAL = /^global(?:-standard)?\//;

const BEDROCK_ARN = /^arn:(aws[\w-]*):[^/]*\/(?:[^/]+\/)*([^/]+)$/;
/** Throughput variants of one model: `…-v1:0`, `…-v1:0:200k`. */
const BEDROCK_VARIANT = /:\d+(?::\d+k)?$/;
/**
 * Geographic inference profiles. `global.` stays: it has prices of its own, and so does `us-gov.`, whose
 * prices the source does not state.
 */
const BEDROCK_GEOGRAPHY = /^(?:us|eu|apac|jp|au|ca|in|sa|me|uk)\./;
/** `converse/us.anthropic.…`: the API that LiteLLM is told to call. */
const BEDROCK_API = /^(?:converse|converse_like|invoke)\//;
/** `us-west-2/anthropic.…`: LiteLLM's region. GovCloud (`us-gov-west-1/`) and China have prices of their own. */
const BEDROCK_REGION = /^(?!cn-)[a-z]{2}-[a-z]+-\d\//;
const GOOGLE_RESOURCE = /(?:^|\/)models\/([^/]+)$/;
const FIREWORKS_RESOURCE = /^accounts\/fireworks\/(?:models|routers)\/([^/]+)$/;
/** `ft:gpt-4o-2024-08-06:acme::id`, a checkpoint of it too: what is fine-tuned sets the price. */
const FINE_TUNE = /^(ft:[^:]+):/;

/** `claude-3-5-sonnet`, `claude-4.5-sonnet`, `claude-sonnet-4-5`, `claude-sonnet-4.5`: one order each is listed. */
const CLAUDE_VERSION_FIRST = /^(anthropic\/)?claude-(\d+)(?:[.-](\d{1,2}))?-(opus|sonnet|haiku)(?![^-:@])/;
const CLAUDE_FAMILY_FIRST =
  /^(anthropic\/)?claude-(opus|sonnet|haiku|fable)-(\d+)(?:[.-](\d{1,2}))?(?![^-:@])/;
/** From this version on Anthropic names the family first. */
const CLAUDE_FAMILY_FIRST_SINCE = 4;
const CLAUDE_VERSION_SEPARATORS: ReadonlyMap<string, string> = new Map([
  ['anthropic', '-'],
  ['gcp.vertex_ai', '-'],
  ['openrouter', '.'],
]);

/** Variants of OpenRouter that only choose among the hosts of a model: by speed, by price, by tool calls. */
const OPENROUTER_ROUTING = /:(?:nitro|floor|exacto)(?=:|$)/g;
/** Variants with one price for every model, listed as `*:free`. */
const OPENROUTER_COMMON_VARIANTS = ['online', 'free'] as const;

/** `-2025-08-07`, `-20250929`, `@20250929`, `@default`. */
const DATED_SNAPSHOT =
  /(?:-20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])|[-@]20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|@default)$/;
/** Bedrock dates a model before its version: `…-20251101-v1`. */
const BEDROCK_DATED_SNAPSHOT = /-20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:-v\d+)?$/;
/** Google's stable versions: `gemini-2.0-flash-001`. Elsewhere such a number can be another model. */
const GOOGLE_STABLE_VERSION = /-00\d$/;
/** What may follow a listed prefix: dates, and words for an early or a moving version. Never one digit. */
const SNAPSHOT_REMAINDER =
  /^(?:[-@](?:preview|exp|experimental|latest|stable|\d{2}-\d{2}|\d{2}-20\d{2}|20\d{2}-\d{2}-\d{2}|\d{3,4}|20\d{6}))+$/;

/**
 * The names to look a model up by, the most literal first, and those of which the price is uncertain last.
 *
 * 1. The name as reported, in lower case.
 * 2. The model in a resource name (`models/…`, an ARN) or after its provider's own prefix (`openai/gpt-4o`).
 * 3. On Bedrock, without throughput variant and geography; of a fine-tune, the base; of a Claude model, the
 *    order of words that its provider lists; at OpenRouter, what a variant stands for.
 * 4. Each of these without the date of a snapshot.
 */
export function modelNameCandidates(provider: string, reported: string): NameCandidate[] {
  const candidates: NameCandidate[] = [];
  const add: Add = (name, how, exact = true, snapshotDay) => {
    if (name === undefined || name === '' || candidates.length >= CANDIDATES_MAX) return;
    if (candidates.some((each) => each.name === name)) return;
    candidates.push({ name, how, exact, ...(snapshotDay !== undefined && { snapshotDay }) });
  };
  const name = reported.trim().toLowerCase();
  add(name, 'by its name');
  const own = withoutProvider(provider, name);
  add(own, `by its name after ${provider}'s prefix`);
  addProviderNames(provider, own ?? name, add);
  addClaudeNames(provider, candidates.slice(), add);
  for (const { name: literal, how, exact } of candidates.slice()) {
    for (const pattern of snapshotPatterns(provider)) {
      const bare = literal.replace(pattern, '');
      const snapshot = literal.slice(bare.length + 1);
      add(bare, `${how}, as its snapshot "${snapshot}"`, exact, dayOf(snapshot));
    }
  }
  addClaudeNames(provider, candidates.slice(), add);
  return candidates.toSorted((a, b) => Number(b.exact) - Number(a.exact));
}

/** `2025-08-07` and `20250807-v1` are days; `001` and `default` are none. */
function dayOf(snapshot: string): string | undefined {
  const [, year, month, day] = /^(20\d\d)-?(\d\d)-?(\d\d)/.exec(snapshot) ?? [];
  return year === undefined ? undefined : `${year}-${month}-${day}`;
}

function addProviderNames(provider: string, name: string, add: Add): void {
  if (provider.startsWith('gcp.')) add(GOOGLE_RESOURCE.exec(name)?.[1], 'by the model in its resource name');
  switch (provider) {
    case 'aws.bedrock':
      addBedrockNames(name, add);
      break;
    case 'azure.ai.openai':
      add(name.replace(AZURE_GLOBAL, ''), 'by its name in a global deployment');
      break;
    case 'fireworks_ai':
      add(FIREWORKS_RESOURCE.exec(name)?.[1], 'by the model in its resource name');
      break;
    case 'openrouter':
      addOpenRouterNames(name, add);
      break;
  }
  add(FINE_TUNE.exec(name)?.[1], 'by the model that was fine-tuned');
}

function snapshotPatterns(provider: string): readonly RegExp[] {
  if (provider.startsWith('gcp.')) return [DATED_SNAPSHOT, GOOGLE_STABLE_VERSION];
  return [provider === 'aws.bedrock' ? BEDROCK_DATED_SNAPSHOT : DATED_SNAPSHOT];
}

/** Whether what follows a prefix only dates a version of the same model. `-5`, `-tts` and `-mini` do not. */
export function isSnapshotRemainder(remainder: string): boolean {
  return SNAPSHOT_REMAINDER.test(remainder);
}

function withoutProvider(provider: string, name: string): string | undefined {
  const [, prefix, rest] = PROVIDER_PREFIX.exec(name) ?? [];
  if (prefix === undefined) return undefined;
  const own = canonicalProvider(prefix) === provider || VENDORS_AT_HOST.get(provider)?.has(prefix) === true;
  return own ? rest : undefined;
}

function addBedrockNames(name: string, add: Add): void {
  const call = name.replace(BEDROCK_API, '');
  add(call, 'by its name without the API that was called');
  const local = call.replace(BEDROCK_REGION, '');
  // The price of another region than the list's can differ.
  const exact = local === call;
  add(local, 'by its name without the region', exact);
  const [, partition, resource] = BEDROCK_ARN.exec(local) ?? [];
  // GovCloud has prices of its own, under names that begin so.
  const model =
    partition === 'aws-us-gov' && resource !== undefined
      ? `us-gov.${resource.replace(/^us-gov\./, '')}`
      : resource;
  if (partition === 'aws-cn') return;
  add(model, 'by the model in its ARN', exact);
  const invariant = (model ?? local).replace(BEDROCK_VARIANT, '');
  add(invariant, 'by its name without the throughput variant', exact);
  add(invariant.replace(BEDROCK_GEOGRAPHY, ''), 'by its name without the geography of its profile', exact);
}

/**
 * `:free` and `:online` have one price for every model. `:nitro`, `:floor` and `:exacto` choose among the
 * hosts of a model, so its price is near theirs at most. What else follows a colon (`:thinking`,
 * `:extended`, `:batch`) can have a price of its own, and counts only where it is listed.
 */
function addOpenRouterNames(name: string, add: Add): void {
  for (const variant of OPENROUTER_COMMON_VARIANTS) {
    if (name.includes(`:${variant}`) && name.split(':').slice(1).includes(variant)) {
      add(`*:${variant}`, `by its variant :${variant}`);
      return;
    }
  }
  add(name.replace(OPENROUTER_ROUTING, ''), 'by its name without the choice of a host', false);
}

/** The name of a Claude model as the provider lists it, where it was reported in another order of words. */
function addClaudeNames(provider: string, names: readonly NameCandidate[], add: Add): void {
  const separator = CLAUDE_VERSION_SEPARATORS.get(provider);
  if (separator === undefined) return;
  for (const { name, how, exact, snapshotDay } of names) {
    const versionFirst = CLAUDE_VERSION_FIRST.exec(name);
    const familyFirst = versionFirst === null ? CLAUDE_FAMILY_FIRST.exec(name) : null;
    const match = versionFirst ?? familyFirst;
    if (match === null) continue;
    const [whole, vendor = ''] = match;
    const [major, minor, family] =
      versionFirst === null ? [match[3], match[4], match[2]] : [match[2], match[3], match[4]];
    const version = minor === undefined ? major : `${major}${separator}${minor}`;
    const model =
      Number(major) >= CLAUDE_FAMILY_FIRST_SINCE ? `${family}-${version}` : `${version}-${family}`;
    const listed = `${vendor}claude-${model}${name.slice(whole.length)}`;
    add(listed, `${how}, in the order that is listed`, exact, snapshotDay);
  }
}
