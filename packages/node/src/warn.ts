/** Tells the operator on standard error: OpenTelemetry's own logger is silent until it is configured. */
export function warn(message: string): void {
  process.stderr.write(`costspan: ${message}\n`);
}
