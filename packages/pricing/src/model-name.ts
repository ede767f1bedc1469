import { canonicalProvider } from '@costspan/cost-model';

/** A name under which a model may be listed, and how it was derived from the one that was reported. */
export interface NameCandidate {
  readonly name: string;
  /** In words, for explanations. */
  readonly how: string;
}

/** Vendors whose models a host sells under their own name: `google/gemini-2.5-pro` on Vertex AI. */
const VENDORS_AT_HOST: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['gcp.vertex_ai', new Set(['google', 'anthropic'])],
  ['azure.ai.openai', new Set(['openai'])],
]);

const BEDROCK_ARN = /^arn:aws[^/]*\/(?:.*\/)?([^/]+)$/;
/** Throughput variants of one model: `…-v1:0`, `…-v1:0:200k`. */
const BEDROCK_VARIANT = /:\d+(?::\d+k)?$/;
/**
 * Geographic inference profiles. `global.` stays: it has prices of its own, and so does `us-gov.`, whose
 * prices the source does not state.
 */
const BEDROCK_GEOGRAPHY = /^(?:us|eu|apac|jp|au|ca|in|sa|me|uk)\./;
const GOOGLE_RESOURCE = /(?:^|\/)models\/([^/]+)$/;
/** `ft:gpt-4o-2024-08-06:acme::id`: what is fine-tuned sets the price. */
const FINE_TUNE = /^(ft:[^:]+):/;

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
 * The names to look a model up by, the most literal first.
 *
 * 1. The name as reported, in lower case.
 * 2. The model in a resource name (`models/…`, an ARN) or after its provider's own prefix (`openai/gpt-4o`).
 * 3. On Bedrock, without throughput variant and geography; of a fine-tune, the base.
 * 4. Each of these without the date of a snapshot.
 */
export function modelNameCandidates(provider: string, reported: string): NameCandidate[] {
  const candidates: NameCandidate[] = [];
  const add = (name: string | undefined, how: string): void => {
    if (name === undefined || name === '' || candidates.some((each) => each.name === name)) return;
    candidates.push({ name, how });
  };
  const name = reported.trim().toLowerCase();
  add(name, 'by its name');
  add(withoutProvider(provider, name), `by its name after ${provider}'s prefix`);
  if (provider.startsWith('gcp.')) add(GOOGLE_RESOURCE.exec(name)?.[1], 'by the model in its resource name');
  if (provider === 'aws.bedrock') addBedrockNames(candidates.at(-1)?.name ?? name, add);
  add(FINE_TUNE.exec(name)?.[1], 'by the model that was fine-tuned');
  for (const { name: literal, how } of candidates.slice()) {
    for (const pattern of snapshotPatterns(provider)) {
      const bare = literal.replace(pattern, '');
      add(bare, `${how}, as its snapshot "${literal.slice(bare.length + 1)}"`);
    }
  }
  return candidates;
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
  const slash = name.indexOf('/');
  if (slash === -1) return undefined;
  const prefix = name.slice(0, slash);
  const own = canonicalProvider(prefix) === provider || VENDORS_AT_HOST.get(provider)?.has(prefix) === true;
  return own ? name.slice(slash + 1) : undefined;
}

function addBedrockNames(name: string, add: (name: string | undefined, how: string) => void): void {
  const model = BEDROCK_ARN.exec(name)?.[1];
  add(model, 'by the model in its ARN');
  const invariant = (model ?? name).replace(BEDROCK_VARIANT, '');
  add(invariant, 'by its name without the throughput variant');
  add(invariant.replace(BEDROCK_GEOGRAPHY, ''), 'by its name without the geography of its profile');
}
