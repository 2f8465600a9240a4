import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { makeFastTransport } from '../../shared/adapters/smtp/fast/fastTransport.ts';
import { makeNodemailerTransport } from '../../shared/adapters/smtp/nodemailerTransport.ts';
import { renderIdentity } from '../../shared/adapters/smtp/renderIdentity.ts';
import type { SmtpTransportOptions } from '../../shared/adapters/smtp/smtpTransportOptions.ts';
import type { MailTransport, RecipientResult, Transaction } from '../../shared/ports.ts';
import type { Offer } from '../../local/simulator/extensions.ts';
import type { RealServer, RealServerOptions } from './realServer.ts';

const ACCOUNT = { address: 'hve@contoso.com', password: 'correct horse' };
const ANN = 'ann@contoso.com';
const BOB = 'bob@contoso.com';
/** Nobody's address, though its domain is the server's. */
const EVE = 'eve@contoso.com';
const MAX_BYTES = 2_000_000;
/** Every step of a healthy dialogue, on a machine where much else runs. */
const PATIENT_MS = 30_000;
const DELIVERY_DEADLINE_MS = 45_000;
const BACK_TO_BACK = 100;
/** Odd, so that cuts come at all places of a line. */
const PIECE_BYTES = 4099;

interface Way {
  readonly name: string;
  /** What the server offers. */
  readonly offer: Offer;
  /** Null: any; else the dialogue that a fast connection must have chosen. */
  readonly dialogue: string | null;
  readonly make: (options: SmtpTransportOptions) => MailTransport;
}

const fast =
  (window: number) =>
  (options: SmtpTransportOptions): MailTransport =>
    makeFastTransport({ ...options, window });

const WAYS: readonly Way[] = [
  { name: 'the plain transport', offer: 'chunking', dialogue: null, make: makeNodemailerTransport },
  { name: 'fast, one command at a time', offer: 'none', dialogue: 'plain', make: fast(2) },
  { name: 'fast, PIPELINING', offer: 'pipelining', dialogue: 'PIPELINING', make: fast(2) },
  { name: 'fast, BDAT, window 1', offer: 'chunking', dialogue: 'CHUNKING', make: fast(1) },
  { name: 'fast, BDAT, window 2', offer: 'chunking', dialogue: 'CHUNKING', make: fast(2) },
  { name: 'fast, BDAT, window 8', offer: 'chunking', dialogue: 'CHUNKING', make: fast(8) },
];

/** What both transports must do with a mail server that is none of ours. `missing`: why it cannot be started; null: it can. */
export function describeInterop(
  title: string,
  missing: string | null,
  start: (options: RealServerOptions) => Promise<RealServer>,
): void {
  if (missing !== null) process.stderr.write(`skipped: ${title}: ${missing}\n`);
  describe.skipIf(missing !== null)(`${title} and what we send`, () => {
    let server: RealServer;
    const open: MailTransport[] = [];
    /** Of all tests: by recipient, what was said to be accepted for him. */
    const accepted = new Map<string, string[]>([
      [ANN, []],
      [BOB, []],
    ]);
    const logged: { text: string; dialogue: string | number | null | undefined }[] = [];
    beforeAll(async () => {
      server = await start({ account: ACCOUNT, recipients: [ANN, BOB], maxBytes: MAX_BYTES });
    });
    afterEach(async (context) => {
      await Promise.all(open.splice(0).map((transport) => transport.close()));
      logged.length = 0;
      if (context.task.result?.state === 'fail') process.stderr.write(await server.log());
    });
    afterAll(() => server?.stop());

    describe.for(WAYS)('$name', ({ offer, dialogue, make }) => {
      const connect = (): MailTransport => {
        const ms = PATIENT_MS;
        const timeouts = { connectMs: ms, greetingMs: ms, replyMs: ms, dataMs: ms, transactionMs: 2 * ms };
        const { host, ports, ca } = server;
        const transport = make({
          host,
          port: ports[offer],
          ca,
          ehloName: 'tests.contoso.com',
          connections: 1,
          timeouts: { ...timeouts, idleMs: ms },
          log: (_level, text, fields) => logged.push({ text, dialogue: fields['dialogue'] }),
        });
        open.push(transport);
        return {
          ...transport,
          send: async (one) => {
            const sent = await transport.send(one);
            one.recipients.forEach((recipient, place) => {
              if (sent.recipients[place]!.result !== 'accepted') return;
              accepted.get(recipient)?.push(asDelivered(one));
            });
            return sent;
          },
        };
      };
      /** The mails of this test that somebody has, once there are so many; in no order. */
      const untilDelivered = async (
        recipient: string,
        sent: readonly Transaction[],
        count = sent.length,
      ): Promise<string[]> => {
        const read = async (): Promise<string[]> =>
          (await server.delivered(recipient)).filter((mail) =>
            sent.some(({ identity }) => mail.includes(identity.messageId)),
          );
        await expect.poll(async () => (await read()).length, { timeout: DELIVERY_DEADLINE_MS }).toBe(count);
        return read();
      };

      /** All at once, over one connection at a time. What of them was accepted has arrived when it resolves. */
      const sendAll = async (all: readonly Transaction[]): Promise<RecipientResult['result'][][]> => {
        const transport = connect();
        const results = await Promise.all(all.map((one) => transport.send(one)));
        for (const recipient of [ANN, BOB]) {
          const meant = all.filter(({ recipients }) => recipients.includes(recipient));
          const mails = await untilDelivered(recipient, all, meant.length);
          expect(mails.toSorted()).toEqual(meant.map(asDelivered).toSorted());
        }
        return results.map(({ recipients }) => recipients.map(({ result }) => result));
      };

      test('each recipient has its own result, and who was accepted gets the mail byte for byte', async () => {
        const transport = connect();
        const one = transaction({ recipients: [ANN, EVE, BOB], body: ODD_BODY });
        const { recipients } = await transport.send(one);
        expect(recipients).toMatchObject([
          { result: 'accepted', reply: { code: 250 } },
          { result: 'refused', stage: 'rcpt', reply: { code: 550 } },
          { result: 'accepted', reply: { code: 250 } },
        ]);
        expect(logged).toEqual([{ text: 'SMTP connection opened', dialogue: dialogue ?? undefined }]);
        expect(await untilDelivered(ANN, [one])).toEqual([asDelivered(one)]);
        expect(await untilDelivered(BOB, [one])).toEqual([asDelivered(one)]);
      });

      test('a mail of more than a chunk arrives byte for byte', async () => {
        const one = transaction({ body: `${'.'.repeat(70)}\r\n`.repeat(20_000) });
        const { recipients } = await connect().send(one);
        expect(recipients).toMatchObject([{ result: 'accepted' }]);
        const [mail] = await untilDelivered(ANN, [one]);
        // Without the difference of megabytes in the report.
        expect(mail === asDelivered(one)).toBe(true);
      });

      test('a mail above the limit is refused with the server’s reply, and the next one goes', async () => {
        const transport = connect();
        const large = transaction({ body: `${'x'.repeat(70)}\r\n`.repeat(MAX_BYTES / 70) });
        const small = transaction({});
        const [first, second] = await Promise.all([transport.send(large), transport.send(small)]);
        expect(first.recipients).toMatchObject([{ result: 'refused', reply: { code: 552 } }]);
        expect(second.recipients).toMatchObject([{ result: 'accepted' }]);
        expect(await untilDelivered(ANN, [large, small], 1)).toEqual([asDelivered(small)]);
      });

      test('nobody accepted: each has the reply to him, and the connection serves on', async () => {
        const transport = connect();
        const all = [
          transaction({}),
          transaction({ recipients: [EVE] }),
          transaction({ recipients: [EVE, 'mallory@contoso.com'] }),
          transaction({}),
        ];
        const results = await Promise.all(all.map((one) => transport.send(one)));
        expect(results.map(({ recipients }) => recipients)).toMatchObject([
          [{ result: 'accepted' }],
          [{ result: 'refused', stage: 'rcpt', reply: { code: 550 } }],
          [
            { result: 'refused', stage: 'rcpt', reply: { code: 550 } },
            { result: 'refused', stage: 'rcpt', reply: { code: 550 } },
          ],
          [{ result: 'accepted' }],
        ]);
        expect(await untilDelivered(ANN, all, 2)).toHaveLength(2);
        expect(logged).toHaveLength(1);
      });

      test('given up at the point of no return: nothing arrives, and the next one goes', async () => {
        const transport = connect();
        const before = transaction({});
        const given = transaction({ pointOfNoReturn: () => false });
        const after = transaction({});
        const all = [before, given, after];
        const results = await Promise.all(all.map((one) => transport.send(one)));
        expect(results.map(({ recipients }) => recipients)).toMatchObject([
          [{ result: 'accepted' }],
          [{ result: 'notSent', failure: { givenUp: true } }],
          [{ result: 'accepted' }],
        ]);
        const mails = await untilDelivered(ANN, all, 2);
        expect(mails.toSorted()).toEqual([before, after].map(asDelivered).toSorted());
      });

      test(`${BACK_TO_BACK} mails back to back over one connection: each arrives once, at those who were accepted for it`, async () => {
        // By turns: all are taken, some are.
        const all = mixed([[ANN, BOB], [EVE, ANN], [BOB]]);
        expect(await sendAll(all)).toEqual(all.map(expectedOf));
        expect(logged).toHaveLength(1);
      });

      test(`${BACK_TO_BACK} mails back to back, a third of them to nobody that there is: no outcome is in doubt`, async () => {
        const all = mixed([[ANN, BOB], [EVE, ANN], [EVE]]);
        expect(await sendAll(all)).toEqual(all.map(expectedOf));
      });

      test('a wrong password is refused at AUTH, with the server’s reply', async () => {
        const { recipients } = await connect().send(
          transaction({ credential: { kind: 'password', password: 'wrong' } }),
        );
        expect(recipients).toMatchObject([
          { result: 'notSent', failure: { stage: 'auth', reply: { code: 535 } } },
        ]);
      });
    });

    test('after all of that everybody has what was said to be accepted for him, once, and nothing else', async () => {
      for (const [recipient, mails] of accepted) {
        expect((await server.delivered(recipient)).toSorted()).toEqual(mails.toSorted());
      }
    });
  });
}

/** What a sloppy reader of lines would get wrong. */
const ODD_BODY = [
  '.',
  '..',
  '.leading dot',
  'ends with a dot.',
  '',
  '.',
  'RSET',
  'BDAT 5 LAST',
  // The longest line that RFC 5322 allows, and one of its length that begins with a dot.
  'x'.repeat(998),
  `.${'y'.repeat(997)}`,
  'trailing blanks  \t ',
  '',
  '.',
  '',
].join('\r\n');

function transaction({
  body = 'Hello\r\n',
  ...overrides
}: Partial<Omit<Transaction, 'mail'>> & { readonly body?: string }): Transaction {
  const bytes = Buffer.from(`From: <${ACCOUNT.address}>\r\nSubject: interop\r\n\r\n${body}`);
  return {
    account: ACCOUNT.address,
    credential: { kind: 'password', password: ACCOUNT.password },
    recipients: [ANN],
    identity: {
      messageId: `<interop.${randomUUID()}@contoso.com>`,
      dateMs: Date.parse('2026-11-24T08:00:00Z'),
    },
    mail: { pieces: inPieces(bytes), sizeBytes: bytes.length },
    pointOfNoReturn: () => true,
    ...overrides,
  };
}

/** As a composer may hand it over: cut anywhere, between CR and LF too. */
function inPieces(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / PIECE_BYTES);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * PIECE_BYTES, (index + 1) * PIECE_BYTES),
  );
}

/** To each of these sets in turn. */
function mixed(sets: readonly (readonly string[])[]): Transaction[] {
  return Array.from({ length: BACK_TO_BACK }, (_, index) =>
    transaction({ recipients: sets[index % sets.length]!, body: `.mail ${index}\r\n` }),
  );
}

/** As it lies in a mailbox: with the line ends of the machine. */
function asDelivered({ identity, mail }: Transaction): string {
  const bytes = Buffer.concat([renderIdentity(identity), ...mail.pieces]);
  return bytes.toString('latin1').replaceAll('\r\n', '\n');
}

function expectedOf({ recipients }: Transaction): RecipientResult['result'][] {
  return recipients.map((recipient) => (recipient === EVE ? 'refused' : 'accepted'));
}
