import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { makeState, eventually, PATIENCE_MS, startTestStack } from './harness.ts';
import type { StackClient, TestStack, TestState } from './harness.ts';

// A test waits several times, each time at most so long.
vi.setConfig({ testTimeout: 3 * PATIENCE_MS });

let state: TestState;
let running: TestStack;
let client: StackClient;

beforeAll(async () => {
  state = await makeState();
  running = await startTestStack(state);
  ({ client } = running);
}, PATIENCE_MS);

afterAll(async () => {
  await running?.stop();
  await state?.[Symbol.asyncDispose]();
});

const good = { to: 'ann@contoso.com', subject: 'fine', text: 'x' };
const twelveMegabytes = { name: 'large.bin', contentType: 'application/octet-stream', blob: 'large.bin' };

/** What a producer gets wrong, and the problems that it must be told: pointer and code, all at once. */
const WRONG: Readonly<
  Record<string, { body: object; problems: readonly (readonly [string, string])[]; http?: number }>
> = {
  'an unknown field and a bad address': {
    body: { ...good, to: ['ann@contoso.com', 'no address'], subjekt: 'x' },
    problems: [
      ['/subjekt', 'unknown_field'],
      ['/to/1', 'address_invalid'],
    ],
  },
  'no recipient, no subject and no body': {
    body: { cc: [] },
    problems: [
      ['/subject', 'required'],
      ['/text', 'no_body'],
      ['/to', 'no_recipient'],
    ],
  },
  'CR LF in the subject': {
    body: { ...good, subject: 'Hello\r\nBcc: eve@example.com' },
    problems: [['/subject', 'control_character']],
  },
  '5,000 recipients': {
    body: { ...good, to: Array.from({ length: 5000 }, (_, index) => `p${index}@contoso.com`) },
    problems: [['', 'too_many_recipients']],
  },
  'an attachment that is not there': {
    body: { ...good, attachments: [{ ...twelveMegabytes, blob: 'nowhere.bin' }] },
    problems: [['/attachments/0/blob', 'attachment_missing']],
  },
  'a from that is no account of ours': {
    body: { ...good, from: 'boss@contoso.com' },
    problems: [['/from', 'sender_unknown']],
  },
  'a 12 MB message': {
    body: { ...good, attachments: [twelveMegabytes] },
    problems: [['', 'too_large']],
    http: 413,
  },
};

/** `pointer code` of each, in one order. */
const words = (problems: readonly { pointer: string; code: string }[]): string[] =>
  problems.map(({ pointer, code }) => `${pointer} ${code}`).toSorted();
const expectedWords = (problems: readonly (readonly [string, string])[]): string[] =>
  words(problems.map(([pointer, code]) => ({ pointer, code })));

test('over HTTP bad input gets a problem+json with every problem at once, and leaves no record', async () => {
  await client.upload('large.bin', new Uint8Array(12_000_000));
  for (const [what, { body, problems, http = 400 }] of Object.entries(WRONG)) {
    const response = await client.post('/api/messages', body);
    const { errors } = (await response.json()) as { errors: { pointer: string; code: string }[] };
    const type = response.headers.get('content-type');
    expect({ what, status: response.status, type, errors: words(errors) }).toEqual({
      what,
      status: http,
      type: expect.stringContaining('application/problem+json'),
      errors: expectedWords(problems),
    });
  }
  const notJson = await client.post('/api/messages', '{ "to": ');
  expect(notJson.status).toBe(400);
  expect(await notJson.json()).toMatchObject({ errors: [{ code: 'json_invalid' }] });
  expect(await client.list('')).toEqual([]);
  expect(await client.deadLetters()).toEqual([]);
});

test('from the queue bad input is recorded as rejected with every problem, and kept as a dead letter', async () => {
  for (const [what, { body }] of Object.entries(WRONG)) {
    // What does not fit into a queue item goes as a claim check, as for any producer.
    const text = JSON.stringify({ ...body, app: 'wrong', reference: what });
    await client.upload(`${encodeURIComponent(what)}.json`, text);
    await client.put(text.length < 40_000 ? text : { $ref: `mail-content/${encodeURIComponent(what)}.json` });
  }
  for (const [what, { problems }] of Object.entries(WRONG)) {
    const message = await client.untilStatus(what, 'rejected');
    expect({ what, problems: words(message.problems) }).toEqual({ what, problems: expectedWords(problems) });
  }
  const letters = await client.deadLetters();
  const rejected = await client.messagesOf('wrong');
  expect(letters.map(({ messageId }) => messageId).toSorted()).toEqual(
    rejected.map(({ id }) => id).toSorted(),
  );
  expect(new Set(letters.map(({ reason }) => reason))).toEqual(new Set(['rejected']));
});

test('an item that is no message at all is rejected too, and nothing lands in a poison queue', async () => {
  const before = (await client.deadLetters()).length;
  await client.put('this is not JSON {');
  // The right alphabet, and a length that base64 never has.
  await client.put('eyJzdWJqZWN0Ijoi=');
  await client.put({ $ref: 'mail-content/never/uploaded.json' });
  const rejected = await eventually(
    async () => client.messagesOf('default'),
    (items) => items.filter(({ status }) => status === 'rejected').length === 3,
    'three more are rejected',
  );
  expect(new Set(rejected.flatMap(({ problems }) => problems.map(({ code }) => code)))).toEqual(
    new Set(['json_invalid', 'base64_invalid', 'claim_check_missing']),
  );
  expect(await client.deadLetters()).toHaveLength(before + 3);
  expect((await client.outbox.getProperties()).approximateMessagesCount).toBe(0);
  expect(await client.mails()).toEqual([]);
});

test('negative control: the same message without its faults is sent', async () => {
  await client.put({ ...good, reference: 'good' });
  await client.untilStatus('good', 'sent');
  expect(await client.mails()).toMatchObject([{ subject: 'fine' }]);
});
