import type { OutgoingHttpHeaders } from 'node:http';
import type { ModelAnswer, WireErrorType } from './wire-api.ts';

const EXCEPTIONS: Readonly<Record<WireErrorType, string>> = {
  invalid_request_error: 'ValidationException',
  request_too_large: 'ValidationException',
  rate_limit_error: 'ThrottlingException',
  overloaded_error: 'ServiceUnavailableException',
};

/** The error body of every Bedrock endpoint. */
export function bedrockError(type: WireErrorType, message: string): object {
  return { __type: EXCEPTIONS[type], message };
}

/** Where AWS's SDKs look for the exception first, and how long they are to wait. */
export function bedrockErrorHeaders(type: WireErrorType): OutgoingHttpHeaders {
  return {
    'x-amzn-errortype': EXCEPTIONS[type],
    ...(type === 'rate_limit_error' && { 'x-amz-retry-after': 60 }),
  };
}

/** The id of a request in the form of AWS: a UUID, here of the answer's own letters and digits. */
export function requestId({ id }: ModelAnswer): string {
  const hex = Buffer.from(id).toString('hex').padEnd(32, '0');
  return [8, 12, 16, 20, 32].map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end)).join('-');
}
