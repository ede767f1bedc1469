/** A call of a model as a plain HTTP client makes it. */
export function chatRequest(options: { readonly stream?: boolean; readonly content?: string } = {}): {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
} {
  const { stream = false, content = 'Where is the parcel?' } = options;
  return {
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
    body: JSON.stringify({
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content }],
      ...(stream && { stream, stream_options: { include_usage: true } }),
    }),
  };
}
