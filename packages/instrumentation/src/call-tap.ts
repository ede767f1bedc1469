/** What a transport knows of a request as it is made, in the caller's own context. */
export interface TappedRequest {
  readonly method: string;
  /** For instance `https://api.openai.com` or `http://127.0.0.1:8000`. */
  readonly origin: string;
  /** With its query, which is never looked at. */
  readonly path: string;
}

/**
 * One HTTP exchange that is listened to. A transport calls it in the order of the wire; a tap that has failed or has
 * seen enough ignores the rest. No method throws.
 */
export interface CallTap {
  /** A part of the request's body as it is sent. */
  requestBody(chunk: Uint8Array | string): void;
  /** The final response's head; informational ones (1xx) are not passed on. */
  responseHead(statusCode: number, header: (lowerCaseName: string) => string | undefined): void;
  /** Raw bytes of the response's body, still compressed. They must not be kept nor changed. */
  responseBody(chunk: Uint8Array): void;
  /** The response is complete. */
  end(): void;
  /** The exchange ended before its time: an abort, a broken connection. Ignored after {@link end}. */
  fail(error: unknown): void;
}

/** Begins to listen to a request, or `undefined` when it calls no model. Called synchronously in the caller's context. */
export type StartTap = (request: TappedRequest) => CallTap | undefined;

/** Why something could not be listened to; each is counted. */
export type TapFailure =
  | 'internal_error'
  | 'body_too_large'
  | 'inflated_too_large'
  | 'unsupported_encoding'
  | 'corrupt_encoding'
  | 'too_many_inflaters'
  | 'malformed_body'
  | 'line_too_long'
  | 'no_body_events';
