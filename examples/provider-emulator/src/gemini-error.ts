import type { WireErrorType } from './wire-api.ts';

const STATUSES: Readonly<Record<WireErrorType, readonly [code: number, status: string]>> = {
  invalid_request_error: [400, 'INVALID_ARGUMENT'],
  request_too_large: [413, 'INVALID_ARGUMENT'],
  rate_limit_error: [429, 'RESOURCE_EXHAUSTED'],
  overloaded_error: [503, 'UNAVAILABLE'],
};

/** The error body of every Gemini endpoint. */
export function geminiError(type: WireErrorType, message: string): object {
  const [code, status] = STATUSES[type];
  return { error: { code, message, status } };
}
