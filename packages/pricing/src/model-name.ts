/** A name under which a model may be listed, and how it was derived from the one that was reported. */
export interface NameCandidate {
  readonly name: string;
  /** In words, for explanations. */
  readonly how: string;
  /** False when the derivation could hide a difference in price, such as a regional surcharge. */
  readonly exact: boolean;
}

/** `-2025-08-07`, `-20250929`, `@20250929`, `-latest`: a snapshot of the model that carries the bare name. */
const SNAPSHOT_SUFFIX = /(?:[-@](?:20\d{2}-\d{2}-\d{2}|20\d{6})|[-@]latest|@default)$/;
/** Bedrock's version suffix: `-v1:0`, `-v2`. */
const BEDROCK_VERSION = /-v\d+(?::\d+)?(?::\d+k)?$/;
const BEDROCK_REGION = /^(?:us|eu|apac|jp|au|ca|us-gov)\./;
const BEDROCK_ARN = /^arn:aws[^/]*\/(.+)$/;
/** Google's stable versions: `gemini-2.0-flash-001`. */
const GOOGLE_VERSION = /-00\d$/;

/**
 * The names to look a model up by, most literal first. Nothing is matched by prefix: a newer or special model
 * shares the prefix of an older one (`claude-opus-5-5`, `gemini-2.5-pro-preview-tts`) at another price.
 */
export function modelNameCandidates(provider: string, model: string): NameCandidate[] {
  const candidates: NameCandidate[] = [];
  const add = (name: string, how: string, exact = true): void => {
    if (name !== '' && !candidates.some((each) => each.name === name)) candidates.push({ name, how, exact });
  };
  const reported = model.trim().toLowerCase();
  add(reported, 'by its name');
  const arn = BEDROCK_ARN.exec(reported)?.[1];
  if (arn !== undefined) add(arn, 'by the model in its ARN');
  const path = reported.slice(reported.lastIndexOf('/') + 1);
  add(path, 'by its name without the path before it');
  if (provider === 'aws.bedrock') addBedrockNames(arn ?? path, add);
  if (provider.startsWith('gcp.'))
    add(path.replace(GOOGLE_VERSION, ''), 'as a version of the model without the number');
  for (const { name, how, exact } of candidates.slice()) {
    add(
      name.replace(SNAPSHOT_SUFFIX, ''),
      how === 'by its name' ? 'as a dated snapshot' : `${how}, as a dated snapshot`,
      exact,
    );
  }
  return candidates;
}

function addBedrockNames(name: string, add: (name: string, how: string, exact?: boolean) => void): void {
  const unversioned = name.replace(BEDROCK_VERSION, '');
  add(unversioned, 'without the version suffix');
  add(unversioned.replace(BEDROCK_REGION, ''), 'without the region of its inference profile', false);
  for (const bare of [name, unversioned]) {
    if (!bare.includes('.'))
      add(`anthropic.${bare}`, 'with the vendor that the instrumentation dropped', false);
  }
}
