import type { Duplex } from 'node:stream';

/**
 * What goes wrong with one reply. `421` ends the connection; `421 and on` is what some servers say to one command, and
 * carry on. A drop comes before the reply, in its middle, or after it; `dead` answers nothing any more and drops at last.
 */
export type Mishap =
  | 'refuse'
  | 'refuse for now'
  | '421'
  | '421 and on'
  | 'drop before'
  | 'drop amid'
  | 'drop after'
  | 'dead'
  | 'no reply'
  | 'endless line';

export interface Mood {
  /** By the number of the reply on this connection, from 0. */
  readonly mishaps: ReadonlyMap<number, Mishap>;
  /** Replies go out in pieces of these sizes, over and over. */
  readonly pieceBytes: readonly number[];
  /** Turns of the event loop before each piece. */
  readonly lagTurns: number;
  /** Says 354 although it took nobody (RFC 2920 section 3.1), and refuses what comes. */
  readonly takesDataForNobody: boolean;
}

/** A reply as it was written, whose it was, and to what. */
export interface Said {
  readonly text: string;
  readonly step: 'mail' | 'rcpt' | 'data' | 'end-of-data' | 'reset' | 'quit';
  /** The SIZE of the transaction, which tells it from the others; null: none is open. */
  readonly sizeBytes: number | null;
  readonly recipient: string | null;
  /** All of it arrived, and nothing before it made the connection worthless. */
  isHeard: boolean;
}

export interface Taken {
  readonly content: string;
  readonly recipients: readonly string[];
}

/** What a server knows for certain; to be held against what the client says. */
export interface Record {
  readonly said: Said[];
  /** The content of each message whose end it saw, taken or not. */
  readonly ended: string[];
  readonly taken: Taken[];
}

/** `nobody-…` is no recipient. */
const isNobody = (recipient: string): boolean => recipient.startsWith('nobody-');

/** An SMTP server after the login, correct but for its mood, on one connection. */
export function serveMoodily(stream: Duplex, mood: Mood, record: Record): void {
  let received: Buffer = Buffer.alloc(0);
  let replies = 0;
  let isDeaf = false;
  let isWorthless = false;
  let sizeBytes: number | null = null;
  let sender = false;
  let recipients: string[] = [];
  let data: string[] | null = null;
  let chunkBytes: number | null = null;
  const outgoing: { readonly bytes: Buffer; readonly done: () => void }[] = [];
  let isWriting = false;
  let pieces = 0;

  async function write(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    for (let next = outgoing.shift(); next !== undefined; next = outgoing.shift()) {
      for (let at = 0; at < next.bytes.length; pieces += 1) {
        for (let turn = 0; turn < mood.lagTurns; turn += 1) await new Promise(setImmediate);
        const to = at + mood.pieceBytes[pieces % mood.pieceBytes.length]!;
        stream.write(next.bytes.subarray(at, to));
        at = to;
      }
      next.done();
    }
    isWriting = false;
  }
  function emit(text: string, done: () => void = () => undefined): void {
    outgoing.push({ bytes: Buffer.from(text), done });
    void write();
  }
  function drop(): void {
    isDeaf = true;
    emit('', () => stream.end());
  }

  /** True: the command is carried out. */
  function reply(step: Said['step'], good: string, recipient: string | null = null): boolean {
    const number = replies;
    replies += 1;
    const mishap = mood.mishaps.get(number);
    const say = (text: string): void => {
      // Numbered, so that no two replies are alike; of two lines now and then.
      const code = text.slice(0, 3);
      const whole = number % 3 === 0 ? `${code}-${text.slice(4)}\r\n${code} ${number}` : `${text} ${number}`;
      const said: Said = { text: parsed(whole), step, sizeBytes, recipient, isHeard: false };
      record.said.push(said);
      const isWorthIt = !isWorthless;
      emit(`${whole}\r\n`, () => (said.isHeard = isWorthIt));
    };
    // Nobody can go on with a server that does not even reset.
    if (step === 'reset' && mishap?.startsWith('refuse') === true) isWorthless = true;
    switch (mishap) {
      case undefined:
        say(good);
        return /^[23]/.test(good);
      case 'refuse':
        say('550 5.9.9 refused');
        return false;
      case 'refuse for now':
        say('451 4.9.9 refused');
        return false;
      case '421':
      case '421 and on':
        say('421 4.9.9 leaving');
        isWorthless = true;
        if (mishap === '421') drop();
        return false;
      case 'drop before':
        drop();
        return false;
      case 'drop amid':
        emit(good.slice(0, 2 + (number % 4)));
        drop();
        return true;
      case 'drop after':
        say(good);
        drop();
        return true;
      case 'dead':
        isDeaf = true;
        setImmediate(() => setImmediate(() => setImmediate(drop)));
        return true;
      case 'no reply':
        isWorthless = true;
        emit('HTTP/1.1 400 Bad Request\r\n');
        return true;
      case 'endless line':
        isWorthless = true;
        emit(`250 ${'x'.repeat(20_000)}\r\n`);
        return true;
    }
  }

  function clear(): void {
    sender = false;
    recipients = [];
  }
  function takeMessage(content: string): void {
    record.ended.push(content);
    const good = recipients.length === 0 ? '554 5.5.1 nobody to give it to' : '250 2.0.0 taken';
    const to = recipients;
    if (reply('end-of-data', good) && to.length > 0) record.taken.push({ content, recipients: to });
    clear();
  }
  function endChunk(content: string): void {
    if (recipients.length > 0) {
      takeMessage(content);
      return;
    }
    record.ended.push(content);
    reply('end-of-data', '503 5.5.1 not now');
  }
  function obey(line: string): void {
    const [verb = ''] = line.split(/[ :]/);
    switch (verb) {
      case 'MAIL':
        sizeBytes = Number(/ SIZE=(\d+)$/.exec(line)?.[1]);
        if (sender) reply('mail', '503 5.5.1 nested');
        else sender = reply('mail', '250 2.1.0 sender');
        return;
      case 'RCPT': {
        const recipient = /<(.*)>/.exec(line)![1]!;
        if (!sender) reply('rcpt', '503 5.5.1 MAIL first', recipient);
        else if (isNobody(recipient)) reply('rcpt', '550 5.1.10 nobody', recipient);
        else if (reply('rcpt', '250 2.1.5 recipient', recipient)) recipients.push(recipient);
        return;
      }
      case 'DATA': {
        const takes = sender && (recipients.length > 0 || mood.takesDataForNobody);
        if (reply('data', takes ? '354 go' : '503 5.5.1 RCPT first') && takes) data = [];
        return;
      }
      case 'BDAT':
        chunkBytes = Number(/^BDAT (\d+) LAST$/.exec(line)![1]);
        return;
      case 'RSET':
        clear();
        reply('reset', '250 2.0.0 reset');
        return;
      case 'QUIT':
        reply('quit', '221 2.0.0 bye');
        drop();
        return;
      default:
        reply('reset', `500 5.5.2 what is ${JSON.stringify(line)}`);
    }
  }
  function hear(): void {
    const isListening = (): boolean => !isDeaf;
    while (isListening()) {
      if (chunkBytes !== null) {
        if (received.length < chunkBytes) return;
        const content = received.toString('latin1', 0, chunkBytes);
        received = received.subarray(chunkBytes);
        chunkBytes = null;
        endChunk(content);
        continue;
      }
      const lineEnd = received.indexOf('\r\n');
      if (lineEnd === -1) return;
      const line = received.toString('latin1', 0, lineEnd);
      received = received.subarray(lineEnd + 2);
      if (data === null) obey(line);
      else if (line === '.') {
        const content = data.map((text) => `${text}\r\n`).join('');
        data = null;
        takeMessage(content);
      } else data.push(line.startsWith('.') ? line.slice(1) : line);
    }
  }

  stream.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    hear();
  });
  stream.on('error', () => undefined);
}

/** As a client reads it: one line, the code and the enhanced code once. */
function parsed(text: string): string {
  const [first = '', second] = text.split('\r\n');
  return (second === undefined ? first : `${first} ${second.slice(4)}`).replace(/^(\d{3})-/, '$1 ');
}
