/**
 * Environment variables that send the SDKs of OpenAI, Anthropic, Google and AWS to an emulator, with keys that it
 * takes.
 */
export function clientEnvironment(emulatorUrl: string): Readonly<Record<string, string>> {
  return {
    OPENAI_BASE_URL: `${emulatorUrl}/v1`,
    OPENAI_API_KEY: 'none',
    ANTHROPIC_BASE_URL: emulatorUrl,
    ANTHROPIC_API_KEY: 'none',
    GOOGLE_GEMINI_BASE_URL: emulatorUrl,
    GEMINI_API_KEY: 'none',
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: emulatorUrl,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  };
}
