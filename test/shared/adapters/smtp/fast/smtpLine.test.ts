import { duplexPair, Duplex } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { SmtpLine, type Answer } from '../../../../../shared/adapters/smtp/fast/smtpLine.ts';

const LONG_MS = 10_000;
const SHORT_MS = 20;

interface Pair {
  readonly line: SmtpLine;
  readonly server: Duplex;
  /** What the server has got so far. */
  readonly received: () => string;
}

function connect(): Pair {
  const [ours, server] = duplexPair({ allowHalfOpen: true });
  let received = '';
  server.on('data', (bytes: Buffer) => (received += bytes.toString()));
  server.on('error', () => undefined);
  return { line: new SmtpLine(ours), server, received: () => received };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('replies', () => {
  const REPLY = '250-2.1.0 one\r\n250-two\r\n250 three\r\n';

  test('one of several lines, cut anywhere, is one answer and comes with its last byte', async () => {
    for (let at = 1; at < REPLY.length; at += 1) {
      const { line, server } = connect();
      const answers: (Answer | null)[] = [];
      void line.ask('mail', 'MAIL', LONG_MS).then((answer) => answers.push(answer));
      server.write(REPLY.slice(0, at));
      await turn();
      expect([at, answers, line.error]).toEqual([at, [], null]);
      server.write(REPLY.slice(at));
      await expect.poll(() => answers.length, { interval: 1 }).toBe(1);
      const reply = { code: 250, enhanced: '2.1.0', text: '250 2.1.0 one two three' };
      expect([at, answers[0]?.reply]).toEqual([at, reply]);
      line.end(new Error('over'));
    }
  });

  test('several in one piece answer the questions in their order, alike ones too', async () => {
    const { line, server } = connect();
    const asked = ['a', 'b', 'c', 'd'].map((command) => line.ask('rcpt', command, LONG_MS));
    server.write('250 2.1.5 ok\r\n550 5.1.1 no\r\n250 2.1.5 ok\r\n250 2.1.5 ok\r\n');
    const answers = await Promise.all(asked);
    expect(answers.map((answer) => answer?.reply.text)).toEqual([
      '250 2.1.5 ok',
      '550 5.1.1 no',
      '250 2.1.5 ok',
      '250 2.1.5 ok',
    ]);
    line.end(new Error('over'));
  });

  test('a 421 answers its question and nobody else’s, and nothing behind it counts', async () => {
    const { line, server } = connect();
    const asked = ['a', 'b'].map((command) => line.ask('mail', command, LONG_MS));
    server.write('421 4.3.2 closing\r\n250 2.0.0 ok\r\n');
    const [first, second] = await Promise.all(asked);
    expect([first?.reply.code, second]).toEqual([421, null]);
    expect(line.farewell?.reply.text).toBe('421 4.3.2 closing');
    expect(line.error?.message).toBe('the server closed the connection');
  });

  test('one that does not come in time ends it, in words that say what was waited for', async () => {
    const { line, server } = connect();
    expect(await line.ask('reset', 'RSET', SHORT_MS)).toBeNull();
    expect(line.error?.message).toBe('no answer to RSET within 0.02 s');
    await expect.poll(() => server.readableEnded || server.destroyed).toBe(true);
  });

  test('bytes that trickle in do not put off its time', async () => {
    const { line, server } = connect();
    const trickle = setInterval(() => server.write('x'), 1);
    expect(await line.ask('mail', 'MAIL', SHORT_MS)).toBeNull();
    clearInterval(trickle);
    expect(line.error?.message).toBe('no answer to MAIL FROM within 0.02 s');
  });
});

describe('what goes out', () => {
  test('in answer to one event goes out in one piece, whoever writes it', async () => {
    const written: string[] = [];
    const stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _, done) => {
        written.push(chunk.toString());
        done();
      },
      writev: (chunks: { chunk: Buffer }[], done) => {
        written.push(chunks.map(({ chunk }) => chunk.toString()).join(''));
        done();
      },
    });
    const line = new SmtpLine(stream);
    line.write('one ');
    void Promise.resolve()
      .then(() => line.write('two '))
      .then(() => line.write('three'));
    await turn();
    line.write('four');
    await turn();
    expect(written).toEqual(['one two three', 'four']);
    line.end(new Error('over'));
  });

  test('stops where the server has closed its half: what it still reads it never gets', async () => {
    const { line, server, received } = connect();
    line.write('MAIL\r\n');
    await expect.poll(received).toBe('MAIL\r\n');
    server.end('250 2.1.0 ok\r\n');
    await expect.poll(() => line.error?.message).toBeDefined();
    line.write('.\r\n');
    await turn();
    await turn();
    expect(received()).toBe('MAIL\r\n');
  });

  test('waits for the other side, and ends where that takes nothing for too long', async () => {
    const stuck = new Duplex({ read: () => undefined, write: () => undefined });
    const line = new SmtpLine(stuck);
    line.write(Buffer.alloc(stuck.writableHighWaterMark + 1));
    await line.drained(SHORT_MS);
    expect(line.error?.message).toBe('no more of the data taken within 0.02 s');
    expect(stuck.destroyed).toBe(true);
  });

  test('is not waited for where it is little, nor after the end', async () => {
    const { line } = connect();
    line.write('x');
    await line.drained(LONG_MS);
    line.end(new Error('over'));
    line.write(Buffer.alloc(1_000_000));
    await line.drained(LONG_MS);
    expect(line.error?.message).toBe('over');
  });
});
