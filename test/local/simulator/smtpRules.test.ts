import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { StoredMail } from '../../../local/simulator/mailStore.ts';
import {
  base64,
  logIn,
  mailText,
  startDialogue,
  startLoggedIn,
  startSecure,
  transact,
  type SmtpDialogue,
} from './smtpDialogue.ts';
import { ACCOUNT, OTHER_ACCOUNT, readJson, startTestSimulator, type TestSimulator } from './testSimulator.ts';

const WRONG = '535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.';

let simulator: TestSimulator;
const dialogues: SmtpDialogue[] = [];
const warnings: string[] = [];

/** Ended after the test. */
async function use(started: Promise<SmtpDialogue>): Promise<SmtpDialogue> {
  const dialogue = await started;
  dialogues.push(dialogue);
  return dialogue;
}

beforeAll(async () => {
  simulator = await startTestSimulator({
    warn: (message) => void warnings.push(message),
    oauth: (_account, token) => (token === 'good' ? 'ok' : '535 5.7.143 Expired token'),
  });
});
afterEach(() => dialogues.splice(0).forEach((dialogue) => dialogue.end()));
afterAll(() => simulator.end());

describe('before TLS', () => {
  test('the greeting has no enhanced code and STARTTLS is offered, AUTH is not', async () => {
    const dialogue = await use(startDialogue(simulator));
    expect(await dialogue.hear()).toMatch(/^220 [a-z.-]+ ESMTP/);
    const offer = await dialogue.ask('EHLO client.contoso.com');
    expect(offer.split('\n').slice(1)).toEqual([
      '250-SIZE 10000000',
      '250-PIPELINING',
      '250-CHUNKING',
      '250-DSN',
      '250-ENHANCEDSTATUSCODES',
      '250-STARTTLS',
      '250-8BITMIME',
      '250 SMTPUTF8',
    ]);
  });

  test('MAIL, RCPT and DATA are refused', async () => {
    const dialogue = await use(startDialogue(simulator));
    await dialogue.hear();
    await dialogue.ask('EHLO client.contoso.com');
    for (const command of [`MAIL FROM:<${ACCOUNT.address}>`, 'RCPT TO:<ann@contoso.com>', 'DATA']) {
      expect(await dialogue.ask(command)).toBe('530 5.7.0 Must issue a STARTTLS command first');
    }
  });

  test('AUTH is refused before the password is asked for', async () => {
    const dialogue = await use(startDialogue(simulator));
    await dialogue.hear();
    await dialogue.ask('EHLO client.contoso.com');
    expect(await dialogue.ask('AUTH LOGIN')).toBe('504 5.7.4 Unrecognized authentication type');
  });

  test('TLS 1.1 is refused and the operator is told, once', async () => {
    const dialogue = await use(startDialogue(simulator));
    await dialogue.hear();
    await dialogue.ask('EHLO client.contoso.com');
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(dialogue.startTls(old)).rejects.toThrow(/protocol version|SSL|ECONNRESET|disconnected/i);
    // The client may hear of it first.
    await expect.poll(() => warnings).not.toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/connection failed.*unsupported protocol/s)]);
  });

  test.for(['TLSv1.2', 'TLSv1.3'] as const)('%s is taken', async (version) => {
    const dialogue = await use(startDialogue(simulator));
    await dialogue.hear();
    await dialogue.ask('EHLO client.contoso.com');
    await dialogue.startTls({ minVersion: version, maxVersion: version });
    expect(await dialogue.ask('NOOP')).toBe('250 2.0.0 OK');
  });
});

describe('the EHLO name', () => {
  test.for(['client.contoso.com', 'localhost', '[127.0.0.1]', '[IPv6:::1]', 'xn--bcher-kva.example'])(
    '%s is taken',
    async (name) => {
      const dialogue = await use(startDialogue(simulator));
      await dialogue.hear();
      expect(await dialogue.ask(`EHLO ${name}`)).toMatch(/^250-/);
      expect(await dialogue.ask(`HELO ${name}`)).toMatch(/^250 /);
    },
  );

  test.for([
    '',
    'my_host',
    '-a.example',
    'a..example',
    '[127.0.0.1',
    '[300.1.1.1]',
    '127.0.0.1]',
    'two words',
    'ü',
  ])('"%s" is refused', async (name) => {
    const dialogue = await use(startDialogue(simulator));
    await dialogue.hear();
    expect(await dialogue.ask(`EHLO ${name}`)).toBe('501 5.5.4 Invalid domain name');
    expect(await dialogue.ask(`HELO ${name}`)).toBe('501 5.5.4 Invalid domain name');
  });
});

describe('the login', () => {
  test('AUTH LOGIN and XOAUTH2 are offered over TLS, and nothing else', async () => {
    const dialogue = await use(startSecure(simulator));
    const offer = await dialogue.ask('EHLO client.contoso.com');
    expect(offer).toContain('250-AUTH LOGIN XOAUTH2\n');
    expect(offer).not.toContain('STARTTLS');
    expect(await dialogue.ask(`AUTH PLAIN ${base64('\0a\0b')}`)).toBe(
      '504 5.7.4 Unrecognized authentication type',
    );
  });

  test('the right password opens the session, however the address is written', async () => {
    const dialogue = await use(startSecure(simulator));
    expect(await logIn(dialogue, 'HVE@Contoso.com', ACCOUNT.password)).toBe(
      '235 2.7.0 Authentication successful',
    );
    expect(await dialogue.ask(`MAIL FROM:<${ACCOUNT.address}>`)).toBe('250 2.1.0 Sender OK');
  });

  test.for([
    ['a wrong password', ACCOUNT.address, 'wrong'],
    ["another account's password", ACCOUNT.address, OTHER_ACCOUNT.password],
    ['no account', 'nobody@contoso.com', ACCOUNT.password],
  ] as const)('%s is refused', async ([, user, password]) => {
    const dialogue = await use(startSecure(simulator));
    expect(await logIn(dialogue, user, password)).toBe(WRONG);
    expect(await dialogue.ask(`MAIL FROM:<${user}>`)).toBe(
      '530 5.7.57 Client not authenticated to send mail.',
    );
  });

  test('a token is judged by the option, and its reply sent as it is', async () => {
    const dialogue = await use(startSecure(simulator));
    const ask = (user: string, token: string): Promise<string> =>
      dialogue.ask(`AUTH XOAUTH2 ${base64(`user=${user}\x01auth=Bearer ${token}\x01\x01`)}`);
    expect(await ask(ACCOUNT.address, 'old')).toBe('535 5.7.143 Expired token');
    expect(await ask('nobody@contoso.com', 'good')).toBe('535 5.7.3 Authentication unsuccessful');
    expect(await ask(ACCOUNT.address, 'good')).toBe('235 2.7.0 Authentication successful');
  });
});

describe('a transaction', () => {
  test('is answered with the enhanced codes that Exchange uses', async () => {
    const dialogue = await use(startLoggedIn(simulator));
    expect(await dialogue.ask(`MAIL FROM:<${ACCOUNT.address}> SIZE=1000`)).toBe('250 2.1.0 Sender OK');
    expect(await dialogue.ask('RCPT TO:<ann@contoso.com>')).toBe('250 2.1.5 Recipient OK');
    expect(await dialogue.ask('DATA')).toBe('354 Start mail input; end with <CRLF>.<CRLF>');
    expect(await dialogue.ask(`${mailText()}.`)).toMatch(
      /^250 2\.0\.0 OK <[^>]+> \[Hostname=[a-z.-]+\] Queued mail for delivery$/,
    );
    expect(await dialogue.ask('RSET')).toBe('250 2.0.0 Resetting');
    expect(await dialogue.ask('QUIT')).toBe('221 2.0.0 Service closing transmission channel');
    await dialogue.closed;
  });

  test('takes pipelined commands', async () => {
    const dialogue = await use(startLoggedIn(simulator));
    dialogue.tell(
      `MAIL FROM:<${ACCOUNT.address}>\r\nRCPT TO:<ann@contoso.com>\r\nRCPT TO:<x@fabrikam.com>\r\nDATA\r\n`,
    );
    expect([
      await dialogue.hear(),
      await dialogue.hear(),
      await dialogue.hear(),
      await dialogue.hear(),
    ]).toEqual([
      '250 2.1.0 Sender OK',
      '250 2.1.5 Recipient OK',
      '550 5.5.105 External sending is not supported for High Volume Email accounts',
      '354 Start mail input; end with <CRLF>.<CRLF>',
    ]);
    expect(await dialogue.ask(`${mailText()}.`)).toMatch(/^250 2\.0\.0 OK/);
  });

  test('MAIL FROM must be the account', async () => {
    const dialogue = await use(startLoggedIn(simulator));
    for (const sender of [OTHER_ACCOUNT.address, '', 'ann@contoso.com']) {
      expect(await dialogue.ask(`MAIL FROM:<${sender}>`)).toMatch(/^550 5\.7\.62 \S/);
    }
    expect(await dialogue.ask('MAIL FROM:<HVE@CONTOSO.COM>')).toBe('250 2.1.0 Sender OK');
  });

  test.for([
    ['the account with a display name', 'Contoso <hve@contoso.com>', /^250 2\.0\.0 OK/],
    ['another account', OTHER_ACCOUNT.address, /^550 5\.6\.241 \S/],
    ['somebody', 'Hve <hve@fabrikam.com>', /^550 5\.6\.241 \S/],
    ['nobody', '', /^550 5\.7\.512 Access denied, message must be RFC 5322 section 3\.6\.2 compliant$/],
    ['two', `${ACCOUNT.address}, ann@contoso.com`, /^550 5\.1\.20 Multiple From addresses are not allowed/],
  ] as const)('with %s in the From header', async ([, from, expected]) => {
    const dialogue = await use(startLoggedIn(simulator));
    const subject = `From ${from}`;
    expect(await transact(dialogue, mailText({ From: from, Subject: subject }))).toMatch(expected);
    const kept = await readJson<StoredMail[]>(simulator, '/messages');
    expect(kept.some((mail) => mail.subject === subject)).toBe(expected.source.startsWith('^250'));
  });

  test.for([
    ['ann@contoso.com', '250 2.1.5 Recipient OK'],
    ['ann@mail.contoso.com', '250 2.1.5 Recipient OK'],
    ['ann@CONTOSO.com', '250 2.1.5 Recipient OK'],
    ['ann@notcontoso.com', '550 5.5.105 External sending is not supported for High Volume Email accounts'],
    [
      'ann@contoso.com.evil.example',
      '550 5.5.105 External sending is not supported for High Volume Email accounts',
    ],
  ] as const)('to %s', async ([recipient, expected]) => {
    const dialogue = await use(startLoggedIn(simulator));
    await dialogue.ask(`MAIL FROM:<${ACCOUNT.address}>`);
    expect(await dialogue.ask(`RCPT TO:<${recipient}>`)).toBe(expected);
  });

  test('the 51st recipient is refused and the 50 get the mail', async () => {
    const dialogue = await use(startLoggedIn(simulator));
    await dialogue.ask(`MAIL FROM:<${ACCOUNT.address}>`);
    for (let i = 1; i <= 50; i++) {
      expect(await dialogue.ask(`RCPT TO:<r${i}@contoso.com>`)).toBe('250 2.1.5 Recipient OK');
    }
    expect(await dialogue.ask('RCPT TO:<r51@contoso.com>')).toBe('452 4.5.3 Too many recipients');
    await dialogue.ask('DATA');
    expect(await dialogue.ask(`${mailText({ Subject: 'fifty' })}.`)).toMatch(/^250 2\.0\.0 OK/);
    const [newest] = await readJson<StoredMail[]>(simulator, '/messages?limit=1');
    expect(newest?.to).toHaveLength(50);
  });

  test('a size that is announced too large is refused at MAIL', async () => {
    const dialogue = await use(startLoggedIn(simulator));
    expect(await dialogue.ask(`MAIL FROM:<${ACCOUNT.address}> SIZE=10000001`)).toBe(
      '552 5.3.4 Message size exceeds fixed maximum message size',
    );
    expect(await dialogue.ask(`MAIL FROM:<${ACCOUNT.address}> SIZE=10000000`)).toBe('250 2.1.0 Sender OK');
  });

  test('a mail of exactly the limit is taken and one byte more is refused', async () => {
    const small = await startTestSimulator({ maxBytes: 1000 });
    try {
      const dialogue = await use(startLoggedIn(small));
      const rest = 1000 - mailText({}, '').length;
      const exact = mailText({}, 'x'.repeat(rest));
      expect(exact).toHaveLength(1000);
      expect(await transact(dialogue, exact)).toMatch(/^250 2\.0\.0 OK/);
      expect(await transact(dialogue, mailText({}, 'x'.repeat(rest + 1)))).toBe(
        '552 5.3.4 Message size exceeds fixed maximum message size',
      );
      expect(await readJson(small, '/stats')).toMatchObject({ messages: 1 });
    } finally {
      await small.end();
    }
  });

  test('without limits and with external recipients allowed all of it is taken', async () => {
    const open = await startTestSimulator({ maxBytes: null, maxRecipients: null, externalAllowed: true });
    try {
      const dialogue = await use(startLoggedIn(open));
      expect(await dialogue.ask('EHLO client.contoso.com')).toContain('250-SIZE\n');
      const to = Array.from({ length: 60 }, (_, i) => `r${i}@fabrikam.com`);
      expect(await transact(dialogue, mailText(), to)).toMatch(/^250 2\.0\.0 OK/);
      expect(await readJson(open, '/stats')).toEqual({
        accepted: 60,
        byAccount: { [ACCOUNT.address]: 60 },
        messages: 1,
        repeats: 0,
      });
    } finally {
      await open.end();
    }
  });

  test.for([
    ['FOO', '500 5.3.3 Unrecognized command'],
    ['RCPT TO:<ann@contoso.com>', '503 5.5.1 Need mail command'],
    ['DATA', '503 5.5.1 Need rcpt command'],
    ['MAIL FROM:<hve@contoso.com', '501 5.1.7 Invalid address'],
    ['AUTH LOGIN', '503 5.5.1 Already authenticated'],
    ['STARTTLS', '503 5.5.1 Only one STARTTLS command can be issued per session'],
    ['WIZ secret', '500 5.3.3 Unrecognized command'],
  ] as const)('%s out of turn gets "%s"', async ([command, expected]) => {
    const dialogue = await use(startLoggedIn(simulator));
    expect(await dialogue.ask(command)).toBe(expected);
  });
});
