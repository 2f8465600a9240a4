import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { OFFERS, readOffer } from '../../../local/simulator/extensions.ts';
import type { StoredMail } from '../../../local/simulator/mailStore.ts';
import { mailText, startLoggedIn, startSecure, transact, type SmtpDialogue } from './smtpDialogue.ts';
import { ACCOUNT, readJson, setFault, startTestSimulator, type TestSimulator } from './testSimulator.ts';

const TAKEN = /^250 2\.0\.0 OK <[^>]+> \[Hostname=[a-z.-]+\] Queued mail for delivery$/;
const TOO_LARGE = '552 5.3.4 Message size exceeds fixed maximum message size';
const REFUSED_BEFORE = '503 5.5.1 Bad sequence of commands: a chunk of this mail was refused';
const MAIL = `MAIL FROM:<${ACCOUNT.address}>`;
const RCPT = 'RCPT TO:<ann@contoso.com>';
const MAX_BYTES = 2000;

let simulator: TestSimulator;
const dialogues: SmtpDialogue[] = [];

async function use(started: Promise<SmtpDialogue>): Promise<SmtpDialogue> {
  const dialogue = await started;
  dialogues.push(dialogue);
  return dialogue;
}

const logIn = (): Promise<SmtpDialogue> => use(startLoggedIn(simulator));

/** A chunk as it goes on the wire. */
function chunk(octets: string, last: '' | ' LAST' = ''): string {
  return `BDAT ${octets.length}${last}\r\n${octets}`;
}

/** Sends all of it at once and resolves with as many replies. */
async function pipeline(dialogue: SmtpDialogue, parts: readonly string[]): Promise<string[]> {
  dialogue.tell(parts.join(''));
  const replies: string[] = [];
  while (replies.length < parts.length) replies.push(await dialogue.hear());
  return replies;
}

async function begin(dialogue: SmtpDialogue): Promise<void> {
  await dialogue.ask(MAIL);
  await dialogue.ask(RCPT);
}

const inbox = (): Promise<StoredMail[]> => readJson<StoredMail[]>(simulator, '/messages');
const bytesOf = async (mail: StoredMail | undefined): Promise<string> => {
  const response = await fetch(`${simulator.inboxUrl}/messages/${mail?.id}.eml`);
  return Buffer.from(await response.arrayBuffer()).toString('latin1');
};

beforeAll(async () => {
  simulator = await startTestSimulator({ maxBytes: MAX_BYTES });
});
afterEach(async () => {
  dialogues.splice(0).forEach((dialogue) => dialogue.end());
  await fetch(`${simulator.inboxUrl}/faults`, { method: 'DELETE' });
  await fetch(`${simulator.inboxUrl}/messages`, { method: 'DELETE' });
});
afterAll(() => simulator.end());

describe('BDAT', () => {
  test('one chunk is a mail, its octets as they were sent: no dot is taken from them', async () => {
    const dialogue = await logIn();
    await begin(dialogue);
    const mail = mailText({}, '.\r\n..\r\n.leading dot\r\n.\r\nQUIT\r\n\0 and no line end').slice(0, -2);
    expect(await pipeline(dialogue, [chunk(mail, ' LAST')])).toEqual([expect.stringMatching(TAKEN)]);
    expect(await bytesOf((await inbox())[0])).toBe(mail);
  });

  test('chunks of any size make one mail, an empty last one ends it', async () => {
    const dialogue = await logIn();
    await begin(dialogue);
    const mail = mailText({ Subject: 'in pieces' });
    const parts = [mail.slice(0, 1), '', mail.slice(1, 40), mail.slice(40)];
    const replies = await pipeline(dialogue, [...parts.map((part) => chunk(part)), chunk('', ' LAST')]);
    expect(replies).toEqual([
      ...parts.map(({ length }) => `250 2.6.0 CHUNK received OK, ${length} octets`),
      expect.stringMatching(TAKEN),
    ]);
    expect(await bytesOf((await inbox())[0])).toBe(mail);
  });

  test('what comes cut anywhere is the same mail', async () => {
    const dialogue = await logIn();
    await begin(dialogue);
    const mail = mailText();
    for (const piece of chunk(mail, ' LAST').match(/[^]{1,7}/g) ?? []) {
      dialogue.tell(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await dialogue.hear()).toMatch(TAKEN);
    expect(await bytesOf((await inbox())[0])).toBe(mail);
  });

  test('transactions are pipelined, each behind the last chunk of the one before', async () => {
    const dialogue = await logIn();
    const subjects = ['1', '2', '3', '4', '5'];
    const replies = await pipeline(
      dialogue,
      subjects.flatMap((Subject) => [
        'RSET\r\n',
        `${MAIL}\r\n`,
        `${RCPT}\r\n`,
        chunk(mailText({ Subject }), ' LAST'),
      ]),
    );
    expect(replies.map((reply) => reply.slice(0, 3))).toEqual(replies.map(() => '250'));
    expect((await inbox()).map(({ subject }) => subject).toReversed()).toEqual(subjects);
  });

  test('on one connection a mail by DATA may follow one by BDAT, and the other way round', async () => {
    const dialogue = await logIn();
    for (let times = 0; times < 2; times++) {
      expect(await transact(dialogue)).toMatch(TAKEN);
      await begin(dialogue);
      expect(await pipeline(dialogue, [chunk(mailText(), ' LAST')])).toEqual([expect.stringMatching(TAKEN)]);
    }
    expect(await inbox()).toHaveLength(4);
  });

  test('RSET between chunks discards them', async () => {
    const dialogue = await logIn();
    await begin(dialogue);
    await pipeline(dialogue, [chunk('To: nobody\r\n')]);
    expect(await dialogue.ask('RSET')).toBe('250 2.0.0 Resetting');
    await begin(dialogue);
    const mail = mailText();
    await pipeline(dialogue, [chunk(mail, ' LAST')]);
    expect(await Promise.all((await inbox()).map(bytesOf))).toEqual([mail]);
  });

  test('a client that goes between two chunks leaves no mail', async () => {
    const dialogue = await logIn();
    await begin(dialogue);
    await pipeline(dialogue, [chunk(mailText())]);
    dialogue.tell('BDAT 100 LAST\r\nhalf of it');
    dialogue.end();
    expect(await transact(await logIn())).toMatch(TAKEN);
    expect(await inbox()).toHaveLength(1);
  });
});

describe('a chunk that is refused', () => {
  const commandsInChunk = `${MAIL}\r\n${RCPT}\r\nNOOP\r\n`;

  test.for([
    ['before MAIL', []],
    ['before RCPT', [MAIL]],
    ['when every RCPT was refused', [MAIL, 'RCPT TO:<x@fabrikam.com>']],
  ] as const)('%s is read to its end all the same', async ([, commands]) => {
    const dialogue = await logIn();
    for (const command of commands) await dialogue.ask(command);
    const parts = [chunk(commandsInChunk), chunk(commandsInChunk, ' LAST'), 'NOOP\r\n'];
    expect(await pipeline(dialogue, parts)).toEqual([
      '503 5.5.1 Need rcpt command',
      '503 5.5.1 Need rcpt command',
      '250 2.0.0 OK',
    ]);
    await dialogue.ask('RSET');
    expect(await transact(dialogue)).toMatch(TAKEN);
  });

  test('before the login too', async () => {
    const dialogue = await use(startSecure(simulator));
    expect(await pipeline(dialogue, [chunk(commandsInChunk, ' LAST'), 'NOOP\r\n'])).toEqual([
      '530 5.7.57 Client not authenticated to send mail.',
      '250 2.0.0 OK',
    ]);
  });

  test.for(['BDAT', 'BDAT x LAST', 'BDAT -1', 'BDAT 1.5', 'BDAT 5 FIRST', 'BDAT 99999999999999999'])(
    '"%s" ends the connection: nobody knows where its octets end',
    async (command) => {
      const dialogue = await logIn();
      await begin(dialogue);
      dialogue.tell(`${command}\r\n${MAIL}\r\n`);
      expect(await dialogue.hear()).toBe('501 5.5.4 Invalid arguments');
      await dialogue.closed;
      expect(dialogue.unheard()).toBe('');
    },
  );

  test('the limit counts all chunks together; above it nothing is kept and no chunk is taken any more', async () => {
    const dialogue = await logIn();
    await begin(dialogue);
    const mail = mailText({}, 'x'.repeat(MAX_BYTES - mailText({}, '').length));
    const exact = [chunk(mail.slice(0, 1500)), chunk(mail.slice(1500), ' LAST')];
    expect((await pipeline(dialogue, exact)).at(-1)).toMatch(TAKEN);
    await begin(dialogue);
    const parts = [chunk(mail), chunk('x'), chunk('x'), chunk('x', ' LAST')];
    expect((await pipeline(dialogue, parts)).slice(1)).toEqual([TOO_LARGE, REFUSED_BEFORE, REFUSED_BEFORE]);
    expect(await transact(dialogue)).toMatch(TAKEN);
    await begin(dialogue);
    expect(await pipeline(dialogue, [chunk(`${mail}x`, ' LAST')])).toEqual([TOO_LARGE]);
    expect(await inbox()).toHaveLength(2);
  });

  test('commands that make no sense between two chunks are refused, and change nothing', async () => {
    const dialogue = await logIn();
    await begin(dialogue);
    const mail = mailText();
    await pipeline(dialogue, [chunk(mail.slice(0, 20))]);
    const among = '503 5.5.1 Bad sequence of commands: this mail is being sent by BDAT';
    expect(await dialogue.ask('DATA')).toBe(among);
    expect(await dialogue.ask('RCPT TO:<bob@contoso.com>')).toBe(among);
    expect(await dialogue.ask(MAIL)).toBe('503 5.5.1 Sender already specified');
    await pipeline(dialogue, [chunk(mail.slice(20), ' LAST')]);
    expect(await inbox()).toMatchObject([{ to: ['ann@contoso.com'] }]);
  });

  test('breaks a rule of the mail itself: refused as by DATA', async () => {
    const dialogue = await logIn();
    await begin(dialogue);
    const parts = [chunk(mailText({ From: 'ann@contoso.com' }), ' LAST'), `${MAIL}\r\n`];
    expect(await pipeline(dialogue, parts)).toEqual([
      expect.stringMatching(/^550 5\.6\.241 /),
      '250 2.1.0 Sender OK',
    ]);
  });
});

describe('a fault', () => {
  const reply = '451 4.7.0 Temporary server error';

  test('at data takes the place of the answer to the first chunk, and the others are refused', async () => {
    await setFault(simulator, { stage: 'data', reply, count: 1 });
    const dialogue = await logIn();
    await begin(dialogue);
    const parts = [chunk('a'), chunk('b'), chunk('c', ' LAST')];
    expect(await pipeline(dialogue, parts)).toEqual([reply, REFUSED_BEFORE, REFUSED_BEFORE]);
    await begin(dialogue);
    expect(await pipeline(dialogue, [chunk(mailText(), ' LAST')])).toEqual([expect.stringMatching(TAKEN)]);
    expect(await inbox()).toHaveLength(1);
  });

  test('at data waits for a transaction with a recipient', async () => {
    await setFault(simulator, { stage: 'data', reply });
    const dialogue = await logIn();
    expect(await pipeline(dialogue, [chunk('a', ' LAST')])).toEqual(['503 5.5.1 Need rcpt command']);
    await begin(dialogue);
    expect(await pipeline(dialogue, [chunk(mailText(), ' LAST')])).toEqual([reply]);
    expect(await inbox()).toEqual([]);
  });

  test('at end-of-data takes the place of the answer to the last chunk, and no mail is kept', async () => {
    await setFault(simulator, { stage: 'end-of-data', reply, count: 1 });
    const dialogue = await logIn();
    await begin(dialogue);
    const parts = [chunk(mailText()), chunk('', ' LAST'), `${MAIL}\r\n`];
    expect((await pipeline(dialogue, parts)).slice(1)).toEqual([reply, '250 2.1.0 Sender OK']);
    expect(await inbox()).toEqual([]);
  });

  test.for([
    ['data', 0],
    ['end-of-data', 1],
  ] as const)('drop at %s keeps %i mails', async ([stage, kept]) => {
    await setFault(simulator, { stage, reply: 'drop' });
    const dialogue = await logIn();
    await begin(dialogue);
    await expect(pipeline(dialogue, [chunk(mailText(), ' LAST')])).rejects.toThrow('closed the connection');
    expect(await inbox()).toHaveLength(kept);
  });

  test.for(['data', 'end-of-data'] as const)('stall at %s answers nothing that follows', async (stage) => {
    await setFault(simulator, { stage, reply: 'stall' });
    const dialogue = await logIn();
    await begin(dialogue);
    dialogue.tell(`${chunk(mailText(), ' LAST')}NOOP\r\n`);
    await expect
      .poll(async () => (await readJson<{ hits: number }[]>(simulator, '/faults'))[0]?.hits)
      .toBe(1);
    expect(dialogue.unheard()).toBe('');
    expect(await inbox()).toEqual([]);
  });
});

describe('what is offered', () => {
  test.for([
    ['none', []],
    ['pipelining', ['PIPELINING']],
    ['chunking', ['PIPELINING', 'CHUNKING']],
  ] as const)('%s: %o, and BDAT is known only where it is offered', async ([offer, expected]) => {
    const own = await startTestSimulator({ extensions: OFFERS[readOffer(offer)] });
    try {
      const dialogue = await use(startLoggedIn(own));
      const lines = (await dialogue.ask('EHLO client.contoso.com')).split('\n').map((line) => line.slice(4));
      expect(lines.filter((line) => ['PIPELINING', 'CHUNKING'].includes(line))).toEqual(expected);
      const known = offer === 'chunking' ? '503 5.5.1 Need rcpt command' : '500 5.3.3 Unrecognized command';
      expect(await dialogue.ask('BDAT 0 LAST')).toBe(known);
      expect(await transact(dialogue)).toMatch(TAKEN);
    } finally {
      await own.end();
    }
  });
});
