/** A private address and what is behind it. */
export interface WireEndpoint {
  /** Host, or host and port: `llm.internal`, `10.0.3.7:8000`. */
  readonly address: string;
  /** The beginning of the paths that it holds for: `/openai`. Absent: every path. */
  readonly pathPrefix?: string | undefined;
  /** OpenTelemetry's name for the provider that is paid for these calls, such as `azure.ai.openai`. */
  readonly provider?: string | undefined;
  /** True when calls to it are left alone. */
  readonly ignore?: boolean | undefined;
}
