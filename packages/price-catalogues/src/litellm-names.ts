import { catalogueProvider } from './catalogue-providers.ts';

/** What a key of the catalogue names. */
export interface LitellmName {
  readonly model: string;
  /** The provider's name of the place that the price holds in. */
  readonly region: string | undefined;
  /** The picture that the price holds for. */
  readonly when: Readonly<Record<string, string>> | undefined;
  /** Set when the price is for capacity and not for use. */
  readonly committed: boolean;
}

/** `hd/1024-x-1792/dall-e-3`, `1024-x-1024/50-steps/stability.stable-diffusion-xl-v1`. */
const PICTURE = /^(?:([a-z]+)\/)?(\d+)-x-(\d+)\/(?:([a-z0-9]+)-steps\/)?(?:bedrock\/)?(.+)$/;
const AWS_REGION = /^([a-z]{2}(?:-gov)?-[a-z]+-\d|\*)\/(.+)$/;
const COMMITMENT = /^\d+-month-commitment\/(.+)$/;
const AZURE_DEPLOYMENT = /^(us|eu|global-standard|global|regional)\/(.+)$/;
const AZURE_DEPLOYMENTS: Readonly<Record<string, string>> = {
  us: 'data_zone',
  eu: 'data_zone',
  global: 'global',
  'global-standard': 'global',
  regional: 'regional',
};

/** Takes a key apart: `azure/eu/gpt-4o`, `bedrock/us-east-1/anthropic.claude-v1`, `vertex_ai/claude-opus-4@20250514`. */
export function litellmName(key: string, provider: string, litellmProvider: string): LitellmName {
  let rest = withoutRoute(key.trim().toLowerCase(), provider, litellmProvider);
  let region: string | undefined;
  let committed = false;
  if (provider === 'aws.bedrock') {
    const placed = AWS_REGION.exec(rest);
    if (placed !== null) [, region, rest = rest] = placed;
    const capacity = COMMITMENT.exec(rest)?.[1];
    if (capacity !== undefined) {
      committed = true;
      rest = capacity;
    }
    rest = rest.replace(/^(?:invoke|converse)\//, '');
  } else if (provider.startsWith('azure.')) {
    const placed = AZURE_DEPLOYMENT.exec(rest);
    if (placed !== null) {
      const [, place = '', model = rest] = placed;
      region = AZURE_DEPLOYMENTS[place];
      rest = model;
    }
  }
  const picture = PICTURE.exec(rest);
  if (picture === null) return { model: rest, region, when: undefined, committed };
  const [, quality, width = '', height = '', steps, model = rest] = picture;
  const when = {
    ...(quality !== undefined && { quality }),
    size: `${width}x${height}`,
    ...(steps !== undefined && { steps }),
  };
  return { model, region, when, committed };
}

/** The catalogue's keys begin with the route to the provider where the name alone does not tell it. */
function withoutRoute(key: string, provider: string, litellmProvider: string): string {
  const slash = key.indexOf('/');
  if (slash <= 0) return key;
  const route = key.slice(0, slash);
  const own = route === litellmProvider.toLowerCase() || catalogueProvider(route) === provider;
  return own ? key.slice(slash + 1) : key;
}
