import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { encodeJson, encodeProtobuf, type KeyValue, type Span, spansOf } from './otlp-messages.ts';
import { modelCallRequest, startTestGateway, startTestTarget, temporaryFolder } from './test-gateway.ts';

const CANARY = 'kanarienvogel';
const CANARY_BASE64 = Buffer.from(CANARY).toString('base64').replaceAll('=', '');
const TOKEN = 'all-0123456789abcdef';
const TENANT_TOKEN = 'acme-0123456789abcdef';

/** Attributes in which instrumentations put what users and models said. */
const CONTENT_KEYS = [
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.prompt.0.content',
  'gen_ai.completion.0.content',
  'llm.prompts',
  'llm.input_messages.0.message.content',
  'llm.output_messages.0.message.content',
  'llm.invocation_parameters',
  'input.value',
  'output.value',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'ai.prompt',
  'ai.prompt.messages',
  'ai.response.text',
  'ai.response.toolCalls',
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'exception.message',
  'exception.stacktrace',
  'url.full',
  'url.query',
  'http.target',
  'db.query.text',
  'gen_ai.agent.description',
  'gen_ai.tool.description',
  'gen_ai.retrieval.documents',
  'gen_ai.evaluation.explanation',
  'retrieval.documents.0.document.content',
  'llm.prompt_template.template',
  'llm.prompt_template.variables',
  'embedding.embeddings.0.embedding.text',
  'tool.parameters',
  'tool_call.function.arguments',
  'ai.prompt.tools',
  'ai.response.object',
  'ai.response.reasoning',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'pydantic_ai.all_messages',
  'final_result',
  'tool_response',
  'request_data',
  'response_data',
  'mlflow.spanInputs',
  'mlflow.spanOutputs',
  'metadata',
  'error.message',
  'user.email',
  'http.request.header.authorization',
  'http.request.body.content',
  'messaging.message.body',
];

/** A text, a list or a map: instrumentations use each of them. */
function contentValue(key: string, index: number): Record<string, unknown> {
  const value = { stringValue: `${key}?q=${CANARY}` };
  if (index % 4 === 1) return { arrayValue: { values: [value] } };
  if (index % 4 === 2) return { kvlistValue: { values: [{ key: CANARY, value }] } };
  return value;
}

function withContent(span: Span): void {
  const content = CONTENT_KEYS.map((key, index): KeyValue => ({ key, value: contentValue(key, index) }));
  span.attributes!.push(...content);
  span.name = `chat ${CANARY}`;
  span['traceState'] = `x=${CANARY}`;
  span.status = { code: 2, message: CANARY };
  span['events'] = [{ timeUnixNano: '1', name: `exception ${CANARY}`, attributes: content }];
  span['links'] = [{ traceId: span.traceId, spanId: span.spanId, attributes: content }];
}

test('content enters no record, no metric, no log line, no file and no answer', async () => {
  const dataFolder = temporaryFolder();
  const configFolder = temporaryFolder();
  writeFileSync(
    join(configFolder, 'tokens.yaml'),
    `- { name: all, token: ${TOKEN}, scopes: [ingest, query, metrics] }\n` +
      `- { name: acme, token: ${TENANT_TOKEN}, tenant: acme }\n`,
  );
  const target = await startTestTarget();
  const gateway = await startTestGateway(
    {
      gateway: {
        forward: { endpoint: target.endpoint, mode: 'required' },
        bodyBytesMax: MEBIBYTE,
        auth: { tokensFile: 'tokens.yaml' },
      },
    },
    { dataFolder, configFolder },
  );
  const answers: string[] = [];
  const send = async (body: Uint8Array | string, headers?: Record<string, string>): Promise<void> => {
    const response = await gateway.send(body, { authorization: `Bearer ${TOKEN}`, ...headers });
    answers.push(`${JSON.stringify([...response.headers])} ${await response.text()}`);
  };
  const json = { 'content-type': 'application/json' };
  for (const outcome of [{}, { attributes: [] }]) {
    const request = modelCallRequest(2, outcome);
    for (const span of spansOf(request)) withContent(span);
    request.resourceSpans![0]!.resource!.attributes!.push({
      key: 'process.command_args',
      value: { stringValue: CANARY },
    });
    const [protobuf, text] = [encodeProtobuf(request), Buffer.from(encodeJson(request)).toString()];
    await send(protobuf);
    await send(text, json);
    // The same content where the request is refused or fails at every later step.
    target.answers.push({ status: 503 }, { status: 400, body: Buffer.from(CANARY) });
    await send(protobuf);
    await send(protobuf);
    await send(protobuf.subarray(0, protobuf.length - 1));
    await send(text.slice(0, -1), json);
    await send(text.replace('"key"', `"key" ${CANARY}`), json);
    await send(text.replace(/"spanId":"\w+"/, `"spanId":"${CANARY}"`), json);
    await send(protobuf, { 'content-encoding': 'gzip' });
    await send(gzipSync(text.repeat(100)), { ...json, 'content-encoding': 'gzip' });
    await send(text, { 'content-type': `text/${CANARY}` });
    await send(text, { ...json, 'content-encoding': CANARY });
    // Who may not send is told so, and who may for one tenant only has the body rewritten.
    await send(protobuf, { authorization: `Bearer ${CANARY}` });
    await send(text, { ...json, authorization: CANARY });
    await send(protobuf, { authorization: `Bearer ${TENANT_TOKEN}`, [`x-${CANARY}`]: CANARY });
    await send(text, { ...json, authorization: `Bearer ${TENANT_TOKEN}` });
  }
  const other = await Promise.all(
    [
      '/metrics',
      '/metrics',
      '/api/records?limit=100',
      '/api/report?by=feature,model',
      '/api/summary',
      '/api/requests',
      `/${CANARY}`,
      `/api/${CANARY}`,
      `/api/summary?${CANARY}=1`,
    ].map(async (path) => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      return (await fetch(`${gateway.url}${path}`, { headers })).text();
    }),
  );
  // What is looked through has the calls in it: records, metrics and a report.
  for (const text of [other[1], other[2], other[3]]) expect(text).toContain('gpt-5-mini');
  // It was there: what is forwarded is not ours to change.
  expect(target.accepted[0]!.body.toString()).toContain(CANARY);
  await gateway.stop();
  await target.close();
  const files = readdirSync(dataFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  expect(files.length).toBeGreaterThan(0);
  for (const text of [...answers, ...other, ...gateway.log, ...files]) {
    for (const secret of [CANARY, CANARY_BASE64, TOKEN, TENANT_TOKEN]) expect(text).not.toContain(secret);
  }
  rmSync(configFolder, { recursive: true });
});

const MEBIBYTE = 1024 * 1024;
