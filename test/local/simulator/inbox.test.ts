import { appendFile, readdir, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { MailStats, StoredMail } from '../../../local/simulator/mailStore.ts';
import type { MailView } from '../../../local/simulator/mailView.ts';
import { startSimulator, type Simulator } from '../../../local/simulator/startSimulator.ts';
import { mailText, startDialogue, startLoggedIn, transact } from './smtpDialogue.ts';
import {
  ACCOUNT,
  makeClient,
  OTHER_ACCOUNT,
  readJson,
  startTestSimulator,
  type TestSimulator,
} from './testSimulator.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

async function start(...options: Parameters<typeof startTestSimulator>): Promise<TestSimulator> {
  const simulator = await startTestSimulator(...options);
  ends.push(() => simulator.end());
  return simulator;
}

/** Another one on the same folder, after the first was stopped. */
async function startAgain(first: TestSimulator): Promise<Simulator> {
  const { key, cert } = { key: '', cert: '' };
  const again = await startSimulator({
    smtpPort: 0,
    inboxPort: 0,
    host: '127.0.0.1',
    stateDir: first.stateDir,
    tls: { key, cert },
    accounts: [ACCOUNT],
    internalDomains: ['contoso.com'],
    externalAllowed: false,
    now: () => Date.now(),
  });
  ends.push(() => again.stop());
  return again;
}

async function send(simulator: TestSimulator, ...mails: string[]): Promise<void> {
  const dialogue = await startLoggedIn(simulator);
  for (const mail of mails) expect(await transact(dialogue, mail)).toMatch(/^250 2\.0\.0 OK/);
  dialogue.end();
}

const list = (simulator: Pick<Simulator, 'inboxUrl'>, query = ''): Promise<StoredMail[]> =>
  fetch(`${simulator.inboxUrl}/messages${query}`).then(
    (response) => response.json() as Promise<StoredMail[]>,
  );
const subjects = async (simulator: Pick<Simulator, 'inboxUrl'>, query = ''): Promise<string[]> =>
  (await list(simulator, query)).map((mail) => mail.subject);

test('an application that sends with nodemailer finds its mail in the inbox', async () => {
  const simulator = await start({ now: () => Date.UTC(2026, 10, 24, 8) });
  const client = makeClient(simulator, OTHER_ACCOUNT);
  await client.sendMail({
    from: { name: 'Contoso Löhne', address: OTHER_ACCOUNT.address },
    to: 'Ann <ann@contoso.com>',
    bcc: 'bob@contoso.com',
    subject: 'Gehalt für März ✓',
    text: 'Guten Tag',
    html: '<p>Guten <b>Tag</b> <img src="cid:logo"></p>',
    messageId: '<1@contoso.com>',
    attachments: [
      { filename: 'Abrechnung März.txt', content: 'Summe: 1' },
      { filename: 'logo.png', content: Buffer.from('png'), cid: 'logo' },
    ],
  });
  client.close();
  const [mail] = await list(simulator);
  expect(mail).toEqual({
    id: expect.stringMatching(/^[\w-]+$/),
    from: OTHER_ACCOUNT.address,
    to: ['ann@contoso.com', 'bob@contoso.com'],
    subject: 'Gehalt für März ✓',
    receivedAt: '2026-11-24T08:00:00.000Z',
    sizeBytes: expect.any(Number),
    account: OTHER_ACCOUNT.address,
    messageId: '<1@contoso.com>',
    repeatOf: null,
  });
  const path = `/messages/${mail?.id}`;
  expect(await readJson<StoredMail & { content: MailView }>(simulator, path)).toMatchObject({
    ...mail,
    content: {
      from: expect.stringContaining('Contoso Löhne'),
      text: expect.stringContaining('Guten Tag'),
      hasHtml: true,
      attachments: [
        { name: 'logo.png', contentType: 'image/png', sizeBytes: 3, inline: true },
        { name: 'Abrechnung März.txt', contentType: 'text/plain', sizeBytes: 8, inline: false },
      ],
    },
  });
  const eml = await fetch(`${simulator.inboxUrl}${path}.eml`);
  expect(eml.headers.get('content-type')).toBe('message/rfc822');
  expect(Buffer.byteLength(await eml.text())).toBe(mail?.sizeBytes);
  const html = await fetch(`${simulator.inboxUrl}${path}.html`);
  expect(html.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
  expect(await html.text()).toContain(`src="data:image/png;base64,${Buffer.from('png').toString('base64')}"`);
  const attachment = await fetch(`${simulator.inboxUrl}${path}/attachments/1`);
  expect(await attachment.text()).toBe('Summe: 1');
  expect(attachment.headers.get('content-disposition')).toContain('attachment');
  expect(attachment.headers.get('content-type')).toBe('application/octet-stream');
});

test('dots, long lines and 8-bit bytes are kept as they came', async () => {
  const simulator = await start();
  const body = `.a dot\r\n..two\r\n${'x'.repeat(3000)}\r\nGrüße`;
  await send(simulator, mailText({}, body.replaceAll(/^\./gm, '..')));
  const [mail] = await list(simulator);
  const eml = await fetch(`${simulator.inboxUrl}/messages/${mail?.id}.eml`).then((response) =>
    response.text(),
  );
  expect(eml.slice(eml.indexOf('\r\n\r\n') + 4)).toBe(`${body}\r\n`);
});

test('a repeat is the same Message-ID and Date, and is shown', async () => {
  const simulator = await start();
  const identity = { 'Message-ID': '<a@contoso.com>', Date: 'Tue, 24 Nov 2026 08:00:00 +0000' };
  await send(
    simulator,
    mailText({ ...identity, Subject: 'first' }),
    mailText({ ...identity, Subject: 'other date', Date: 'Tue, 24 Nov 2026 08:00:01 +0000' }),
    mailText({ ...identity, Subject: 'other id', 'Message-ID': '<b@contoso.com>' }),
    mailText({ ...identity, Subject: 'again' }),
    mailText({ Subject: 'neither' }),
    mailText({ Subject: 'neither' }),
  );
  const first = (await list(simulator)).find((mail) => mail.subject === 'first');
  const repeats = async (from: Pick<Simulator, 'inboxUrl'>): Promise<unknown[]> =>
    (await list(from)).toReversed().map((mail) => [mail.subject, mail.repeatOf]);
  const expected = [
    ['first', null],
    ['other date', null],
    ['other id', null],
    ['again', first?.id],
    ['neither', null],
    ['neither', null],
  ];
  expect(await repeats(simulator)).toEqual(expected);
  expect(await readJson<MailStats>(simulator, '/stats')).toEqual({
    accepted: 6,
    byAccount: { [ACCOUNT.address]: 6 },
    messages: 6,
    repeats: 1,
  });
});

test('mails and repeats survive a restart, and a torn last line does not hurt', async () => {
  const simulator = await start();
  const identity = { 'Message-ID': '<a@contoso.com>', Date: 'Tue, 24 Nov 2026 08:00:00 +0000' };
  await send(simulator, mailText({ ...identity, Subject: 'one' }), mailText({ Subject: 'two' }));
  const before = await list(simulator);
  await simulator.stop();
  await appendFile(join(simulator.stateDir, 'index.jsonl'), '{"id":"torn","from":"hve@con');
  await appendFile(join(simulator.stateDir, 'mails', 'torn.eml'), 'never acknowledged');

  const again = await startTestSimulator({ stateDir: simulator.stateDir });
  ends.push(() => again.end());
  expect(await list(again)).toEqual(before);
  expect(await readdir(join(simulator.stateDir, 'mails'))).toHaveLength(2);
  await send(again, mailText({ ...identity, Subject: 'three' }));
  await again.stop();

  const third = await startAgain(simulator);
  expect(await subjects(third)).toEqual(['three', 'two', 'one']);
  expect((await list(third))[0]?.repeatOf).toBe(before[1]?.id);
});

test('an index that is damaged in its middle says where', async () => {
  const simulator = await start();
  await send(simulator, mailText());
  await simulator.stop();
  const index = join(simulator.stateDir, 'index.jsonl');
  const { length } = await readFile(index);
  await truncate(index, length - 5);
  await appendFile(index, '\n');
  await expect(startAgain(simulator)).rejects.toThrow(/index\.jsonl:1 is damaged/);
});

test('DELETE /messages empties the inbox for good', async () => {
  const simulator = await start();
  await send(simulator, mailText({ Subject: 'gone' }));
  const response = await fetch(`${simulator.inboxUrl}/messages`, { method: 'DELETE' });
  expect(response.status).toBe(204);
  expect(await list(simulator)).toEqual([]);
  expect(await readJson<MailStats>(simulator, '/stats')).toEqual({
    accepted: 0,
    byAccount: {},
    messages: 0,
    repeats: 0,
  });
  expect(await readdir(join(simulator.stateDir, 'mails'))).toEqual([]);
  await send(simulator, mailText({ Subject: 'new' }));
  await simulator.stop();
  expect(await subjects(await startAgain(simulator))).toEqual(['new']);
});

test('the list can be asked for in pages and searched', async () => {
  const simulator = await start();
  await send(
    simulator,
    ...['a', 'b', 'c', 'd'].map((Subject) => mailText({ Subject: `Subject ${Subject}` })),
  );
  expect(await subjects(simulator, '?limit=2')).toEqual(['Subject d', 'Subject c']);
  const [, second] = await list(simulator, '?limit=2');
  expect(await subjects(simulator, `?limit=2&before=${second?.id}`)).toEqual(['Subject b', 'Subject a']);
  expect(await subjects(simulator, '?search=SUBJECT%20B')).toEqual(['Subject b']);
  expect(await subjects(simulator, '?search=ann@')).toHaveLength(4);
  expect(await subjects(simulator, '?search=nowhere')).toEqual([]);
  expect((await fetch(`${simulator.inboxUrl}/messages?limit=x`)).status).toBe(400);
});

test('an inbox of 100,000 mails starts and lists them all', async () => {
  const first = await start();
  await first.stop();
  const line = (i: number): string =>
    JSON.stringify({
      id: `mail-${i}`,
      from: ACCOUNT.address,
      to: [`r${i}@contoso.com`],
      subject: `Subject ${i}`,
      receivedAt: '2026-11-24T08:00:00.000Z',
      sizeBytes: 1000,
      account: ACCOUNT.address,
      messageId: `<${i}@contoso.com>`,
      repeatOf: null,
      date: 'Tue, 24 Nov 2026 08:00:00 +0000',
    });
  const lines = Array.from({ length: 100_000 }, (_, i) => `${line(i)}\n`);
  await appendFile(join(first.stateDir, 'index.jsonl'), lines.join(''));

  const simulator = await startAgain(first);
  const mails = await list(simulator);
  expect(mails).toHaveLength(100_000);
  expect([mails[0]?.id, mails.at(-1)?.id]).toEqual(['mail-99999', 'mail-0']);
  expect(await subjects(simulator, '?search=%3C77@&limit=5')).toEqual(['Subject 77']);
});

test.for([
  ['GET', '/messages/none', 404],
  ['GET', '/messages/none.eml', 404],
  ['GET', '/messages/..%2f..%2findex.jsonl', 404],
  ['GET', '/messages/%2e%2e%2findex.jsonl.eml', 404],
  ['GET', '/nothing', 404],
  ['POST', '/messages', 405],
  ['PUT', '/faults', 405],
] as const)('%s %s gets a %i problem', async ([method, path, status]) => {
  const simulator = await start();
  const response = await fetch(simulator.inboxUrl + path, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
});

test('GET /events tells of mails and of faults', async () => {
  const simulator = await start();
  const response = await fetch(`${simulator.inboxUrl}/events`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const readUntilChange = async (): Promise<string> => {
    let text = '';
    while (!text.includes('event: change')) text += (await reader?.read())?.value ?? '';
    return text;
  };
  await send(simulator, mailText());
  expect(await readUntilChange()).toContain('event: change');
  await fetch(`${simulator.inboxUrl}/faults`, { method: 'POST', body: '{"reply":"drop","stage":"mail"}' });
  expect(await readUntilChange()).toContain('event: change');
  await reader?.cancel();
});

test('a client that leaves in the middle of the data leaves nothing', async () => {
  const simulator = await start();
  const dialogue = await startLoggedIn(simulator);
  for (const command of [`MAIL FROM:<${ACCOUNT.address}>`, 'RCPT TO:<ann@contoso.com>', 'DATA']) {
    await dialogue.ask(command);
  }
  dialogue.tell('From: hve@contoso.com\r\n\r\nhalf');
  dialogue.end();
  await send(simulator, mailText({ Subject: 'whole' }));
  expect(await subjects(simulator)).toEqual(['whole']);
  expect(await readdir(join(simulator.stateDir, 'mails'))).toHaveLength(1);
});

test('stop cuts who is connected and frees both ports', async () => {
  const simulator = await start();
  const dialogue = await startDialogue(simulator);
  await dialogue.hear();
  await simulator.stop();
  await dialogue.closed;
  await expect(startDialogue(simulator)).rejects.toThrow('ECONNREFUSED');
  await expect(fetch(simulator.inboxUrl)).rejects.toThrow('fetch failed');
});

test('a port that is taken stops the start and leaves nothing running', async () => {
  const simulator = await start();
  await expect(start({ inboxPort: Number(new URL(simulator.inboxUrl).port) })).rejects.toThrow('EADDRINUSE');
  await expect(start({ smtpPort: simulator.smtp.port })).rejects.toThrow('EADDRINUSE');
});
