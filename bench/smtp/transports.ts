import { makeChance } from '../../shared/adapters/nodePlatform.ts';
import { makeComposer } from '../../shared/adapters/smtp/compose/composer.ts';
import { makeFastTransport } from '../../shared/adapters/smtp/fast/fastTransport.ts';
import { makeNodemailerTransport } from '../../shared/adapters/smtp/nodemailerTransport.ts';
import { renderIdentity } from '../../shared/adapters/smtp/renderIdentity.ts';
import type { Identity } from '../../shared/core/identity.ts';
import type { LoadedAttachment, MailContent, MailTransport } from '../../shared/ports.ts';
import { makeContents } from './benchMail.ts';
import { ACCOUNT, PASSWORD, runLoops, type Contender, type Runner, type Target } from './contender.ts';
import { openPool } from './openPool.ts';

/** The peer: nodemailer's own pool, with its own composer, as a plain program uses it. */
export const NODEMAILER_POOL: Contender = {
  name: 'nodemailer pool',
  extensions: ['PIPELINING'],
  async start({ port, ca, connections, recipients, bytes, composes }) {
    const pool = openPool({ port, ca, connections });
    const contentOf = makeContents(recipients, bytes);
    const raw = await composeWhole(contentOf(0));
    const envelope = { from: ACCOUNT, to: contentOf(0).message.to.map(({ address }) => address) };
    let mails = 0;
    const send = async (): Promise<void> => {
      mails += 1;
      await pool.sendMail(composes ? optionsOf(contentOf(mails)) : { envelope, raw });
    };
    return {
      run: (isOver, onSent) => runLoops(connections * 2, send, isOver, onSent),
      close: async () => pool.close(),
    };
  },
};

function optionsOf({ message, account, attachments }: MailContent) {
  return {
    from: { name: message.from.displayName ?? '', address: account },
    to: message.to.map(({ address }) => address),
    subject: message.subject,
    text: message.text ?? '',
    html: message.html ?? '',
    attachments: attachments.map(({ name, contentType, content }) => ({
      filename: name,
      contentType,
      content: bytesOf(content),
    })),
  };
}

function bytesOf(content: LoadedAttachment['content']): Buffer {
  if (content.kind === 'inline') return Buffer.from(content.base64, 'base64');
  const { buffer, byteOffset, byteLength } = content.bytes;
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The plain transport of the app. */
export const PLAIN: Contender = {
  name: 'plain',
  extensions: ['PIPELINING'],
  start: (target) => startTransport(target, makeNodemailerTransport, 2),
};

export function fast(window: number | null): Contender {
  return {
    name: window === null ? 'fast, PIPELINING' : `fast, BDAT ${window}`,
    extensions: window === null ? ['PIPELINING'] : ['PIPELINING', 'CHUNKING'],
    start: (target) =>
      startTransport(
        target,
        (options) => makeFastTransport({ ...options, window: window ?? 1 }),
        (window ?? 2) + 1,
      ),
  };
}

async function startTransport(
  { port, ca, connections, recipients, bytes, composes }: Target,
  make: (options: {
    host: string;
    port: number;
    ca: string;
    ehloName: string;
    connections: number;
  }) => MailTransport,
  loopsPerConnection: number,
): Promise<Runner> {
  const transport = make({ host: '127.0.0.1', port, ca, ehloName: 'bench.contoso.com', connections });
  const composer = makeComposer(makeChance());
  const contentOf = makeContents(recipients, bytes);
  const prepared = await composer.compose(contentOf(0));
  const envelope = contentOf(0).message.to.map(({ address }) => address);
  let mails = 0;
  const send = async (): Promise<void> => {
    mails += 1;
    const { recipients: results } = await transport.send({
      account: ACCOUNT,
      credential: { kind: 'password', password: PASSWORD },
      recipients: envelope,
      identity: identityOf(mails),
      mail: composes ? await composer.compose(contentOf(mails)) : prepared,
      pointOfNoReturn: () => true,
    });
    const other = results.find(({ result }) => result !== 'accepted');
    if (other !== undefined) throw new Error(`The sink takes everything, and yet: ${JSON.stringify(other)}`);
  };
  return {
    run: (isOver, onSent) => runLoops(connections * loopsPerConnection, send, isOver, onSent),
    close: () => transport.close(),
  };
}

const identityOf = (number: number): Identity => ({
  messageId: `<01K9.0.${number}@contoso.com>`,
  dateMs: Date.now(),
});

/** All of a mail, as a server gets it. */
export async function composeWhole(content: MailContent): Promise<Buffer> {
  const { pieces } = await makeComposer(makeChance()).compose(content);
  return Buffer.concat([renderIdentity(identityOf(0)), ...pieces]);
}
