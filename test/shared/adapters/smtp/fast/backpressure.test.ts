import { once } from 'node:events';
import { duplexPair } from 'node:stream';
import { expect, test } from 'vitest';
import { chooseDialogue } from '../../../../../shared/adapters/smtp/fast/dialogues.ts';
import { FastSession } from '../../../../../shared/adapters/smtp/fast/fastSession.ts';
import { SmtpLine } from '../../../../../shared/adapters/smtp/fast/smtpLine.ts';
import type { ComposedMail } from '../../../../../shared/ports.ts';
import { makeTransaction, PATIENT } from '../../../../contracts/mailTransport/world.ts';

const LINE = Buffer.from(`${'x'.repeat(1022)}\r\n`);
const MAIL_BYTES = 20_000_000;
/** A piece on its way, one behind it, and the streams' own buffers. */
const MAY_BE_HELD_BYTES = 1_000_000;

const MODES = [
  ['PIPELINING', { pipelining: true, chunking: false }],
  ['plain', { pipelining: false, chunking: false }],
] as const;

/** A large mail that is made while it goes out, and how much of it was asked for. */
function makeLargeMail(): { mail: ComposedMail; askedForBytes: () => number } {
  let asked = 0;
  function* lines(): Generator<Uint8Array, void> {
    for (asked = 0; asked < MAIL_BYTES; asked += LINE.length) yield LINE;
  }
  const sizeBytes = Math.ceil(MAIL_BYTES / LINE.length) * LINE.length;
  return { mail: { pieces: { [Symbol.iterator]: lines }, sizeBytes }, askedForBytes: () => asked };
}

test.for(MODES)(
  'a mail of 20 MB goes out no faster than the server takes it, and is never held as a whole: %s',
  { timeout: 300_000 },
  async ([, extensions]) => {
    const [ours, server] = duplexPair();
    const session = new FastSession({
      line: new SmtpLine(ours),
      capabilities: { ...extensions, lines: [], sizeLimitBytes: null },
      dialogue: chooseDialogue({ ...extensions, lines: [], sizeLimitBytes: null }, 2),
      timeouts: PATIENT,
      lifeMs: 60_000,
    });
    const { mail, askedForBytes } = makeLargeMail();
    const sent = session.carry(makeTransaction({ mail }), Infinity);
    // Everything up to the data is answered; from there on the server reads no further.
    for (let commands = ''; !/DATA\r\n/.test(commands);) {
      await once(server, 'readable');
      const said = String(server.read() ?? '');
      commands += said;
      for (const line of said.split('\r\n')) {
        if (/^(MAIL|RCPT)/.test(line)) server.write('250 2.1.0 ok\r\n');
        if (line === 'DATA') server.write('354 go\r\n');
      }
    }
    await expect.poll(askedForBytes).toBeGreaterThan(0);
    const heldBytes: number[] = [];
    for (let look = 0; look < 20; look += 1) {
      await new Promise(setImmediate);
      heldBytes.push(askedForBytes());
    }
    expect(Math.max(...heldBytes)).toBeLessThan(MAY_BE_HELD_BYTES);
    // It goes on as soon as the server does.
    let taken = 0;
    server.on('data', (bytes: Buffer) => {
      taken += bytes.length;
      heldBytes.push(askedForBytes() - taken);
    });
    await expect.poll(askedForBytes, { timeout: 30_000 }).toBeGreaterThanOrEqual(mail.sizeBytes);
    expect(Math.max(...heldBytes)).toBeLessThan(MAY_BE_HELD_BYTES);
    server.destroy();
    expect((await sent).recipients).toMatchObject([{ result: 'unknown' }]);
  },
);
