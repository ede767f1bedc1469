export type CallRowErrorCode =
  | 'not_utf8'
  | 'not_json'
  | 'not_an_object'
  | 'line_too_long'
  | 'field_malformed'
  | 'time_malformed'
  | 'usage_unknown'
  | 'usage_malformed'
  | 'usage_inconsistent'
  | 'reported_cost_malformed'
  | 'record_malformed';

/** Why a line of a file of calls cannot be priced, and how to mend it. */
export class CallRowError extends Error {
  readonly code: CallRowErrorCode;

  constructor(code: CallRowErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
