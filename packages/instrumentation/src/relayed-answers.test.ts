import { expect, test } from 'vitest';
import { ANSWERED, UNANSWERED, wireCall } from '../test/wire-call-fixture.ts';
import { RelayedAnswers } from './relayed-answers.ts';

const START = 1_700_000_000_000;
const atProvider = { ...wireCall().request, serverAddress: 'api.openai.com', serverPort: 443 };
const atProxy = { ...atProvider, serverAddress: '127.0.0.1', serverPort: 4000 };

test('a call to a proxy of this process has the answer of the call inside it', () => {
  const answers = new RelayedAnswers();
  const inner = wireCall({ request: atProvider, startMillis: START + 5 });
  expect(answers.isRelayed(inner)).toBe(false);
  expect(answers.isRelayed(inner)).toBe(false);
  expect(answers.isRelayed(wireCall({ request: atProxy, startMillis: START }))).toBe(true);
});

test.each([
  ['an address of its own', { request: { ...atProvider } }],
  ['other usage', { request: atProxy, answer: { ...ANSWERED, usage: { input: 1, output: 2 } } }],
  ['another id', { request: atProxy, answer: { ...ANSWERED, responseId: 'chatcmpl-2' } }],
  ['a later start', { request: atProxy, startMillis: START + 9 }],
  ['no usage', { request: atProxy, answer: { ...UNANSWERED, responseId: 'chatcmpl-1' } }],
])('a call with %s is another call', (_, fields) => {
  const answers = new RelayedAnswers();
  answers.isRelayed(wireCall({ request: atProvider, startMillis: START + 5 }));
  expect(answers.isRelayed(wireCall({ startMillis: START, ...fields }))).toBe(false);
});

test('the oldest is forgotten first', () => {
  const answers = new RelayedAnswers();
  for (let index = 0; index <= 1000; index++) {
    answers.isRelayed(
      wireCall({
        request: atProvider,
        startMillis: START + 5,
        answer: { ...ANSWERED, responseId: `id-${index}` },
      }),
    );
  }
  const relay = (responseId: string): boolean =>
    answers.isRelayed(
      wireCall({ request: atProxy, startMillis: START, answer: { ...ANSWERED, responseId } }),
    );
  expect(relay('id-1000')).toBe(true);
  expect(relay('id-0')).toBe(false);
});
