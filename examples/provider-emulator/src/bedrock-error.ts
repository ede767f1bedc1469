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

/** The id of a request in the form of AWS: a UUID, here of the answer's own letters and digits. */
export function requestId({ id }: ModelAnswer): string {
  const hex = Buffer.from(id).toString('hex').padEnd(32, '0');
  return [8, 12, 16, 20, 32].map((end, index) => hex.slice([0, 8, 12, 16, 20][index], end)).join('-');
}
