/** `bedrock-runtime.us-east-1.amazonaws.com`, with `-fips` or not, of both IP versions, or behind an endpoint of a VPC. */
const BEDROCK_SERVER = /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\./;

/** The AWS region whose Amazon Bedrock answers at an address. */
export function bedrockRegion(serverAddress: string): string | undefined {
  return BEDROCK_SERVER.exec(serverAddress)?.[1];
}

const EXCEPTION = /^\w{1,64}(?:Exception|Error|Failure)$/;

/** The exception that a frame ends a stream with: `throttlingException` is what SDKs call `ThrottlingException`. */
export function bedrockException(eventName: string | undefined): string | undefined {
  if (eventName === undefined || !EXCEPTION.test(eventName)) return undefined;
  return eventName.charAt(0).toUpperCase() + eventName.slice(1);
}
