import type { ModelCall } from '@costspan/cost-model';

/** `bedrock-runtime.us-east-1.amazonaws.com`, with `-fips` or not, also behind an endpoint of a VPC. */
const AWS_SERVER = /^(?:vpce-[\w-]+\.)?bedrock[\w-]*\.([a-z]{2}(?:-[a-z]+)+-\d)\./;
/** `us-east5-aiplatform.googleapis.com`; without a location the endpoint is the global one. */
const VERTEX_SERVER = /^(?:([a-z]+(?:-[a-z]+)*\d*)-)?aiplatform\.(?:([a-z]+)\.rep\.)?googleapis\.com$/;
/** `eu.api.openai.com` is OpenAI's endpoint for data residency. */
const OPENAI_SERVER = /^([a-z]{2})\.api\.openai\.com$/;
const BEDROCK_ARN = /^arn:aws[\w-]*:bedrock:([a-z0-9-]+):/;
/** `ap-northeast-1/amazon.nova-lite-v1:0`, with `bedrock/` before it or not: LiteLLM's name. */
const LITELLM_REGION = /^(?:bedrock\/)?([a-z]{2}(?:-[a-z]+)+-\d)\//;
const GOOGLE_LOCATION = /(?:^|\/)locations\/([a-z0-9-]+)\//;

/**
 * The region that a call was processed in, in the provider's own words and in lower case: the one that it
 * states, else the one in its model's resource name or in the address of the server.
 */
export function callRegion(
  call: ModelCall,
  provider: string | undefined = call.provider,
): string | undefined {
  const stated = call.region?.trim().toLowerCase() ?? '';
  if (stated !== '') return stated;
  const model = (call.requestModel ?? call.responseModel ?? '').toLowerCase();
  const server = (call.serverAddress ?? '').toLowerCase();
  switch (provider) {
    case 'aws.bedrock':
      return BEDROCK_ARN.exec(model)?.[1] ?? LITELLM_REGION.exec(model)?.[1] ?? AWS_SERVER.exec(server)?.[1];
    case 'gcp.vertex_ai': {
      const endpoint = VERTEX_SERVER.exec(server);
      const location = endpoint === null ? undefined : (endpoint[1] ?? endpoint[2] ?? 'global');
      return GOOGLE_LOCATION.exec(model)?.[1] ?? location;
    }
    case 'openai':
      return OPENAI_SERVER.exec(server)?.[1];
    default:
      return undefined;
  }
}
