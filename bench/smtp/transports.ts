import { createTransport } from 'nodemailer';
import { makeFastTransport } from '../../shared/adapters/smtp/fast/fastTransport.ts';
import { makeNodemailerTransport } from '../../shared/adapters/smtp/nodemailerTransport.ts';
import { renderIdentity } from '../../shared/adapters/smtp/renderIdentity.ts';
import type { MailTransport } from '../../shared/ports.ts';
import { ACCOUNT, IDENTITY, PASSWORD, runLoops, type Contender, type Target } from './contender.ts';

/** The peer: nodemailer's own pool, the mail handed over whole. */
export const NODEMAILER_POOL: Contender = {
  name: 'nodemailer pool',
  extensions: ['PIPELINING'],
  async start({ port, ca, connections, recipients, mail }) {
    const pool = createTransport({
      pool: true,
      host: '127.0.0.1',
      port,
      secure: false,
      requireTLS: true,
      tls: { ca },
      auth: { user: ACCOUNT, pass: PASSWORD },
      maxConnections: connections,
      maxMessages: Infinity,
    });
    const envelope = { from: ACCOUNT, to: [...recipients] };
    const send = async (): Promise<void> => {
      await pool.sendMail({ envelope, raw: mail });
    };
    return {
      run: (isOver) => runLoops(connections * 2, send, isOver),
      close: async () => pool.close(),
    };
  },
};

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
  { port, ca, connections, recipients, mail }: Target,
  make: (options: {
    host: string;
    port: number;
    ca: string;
    ehloName: string;
    connections: number;
  }) => MailTransport,
  loopsPerConnection: number,
) {
  const transport = make({ host: '127.0.0.1', port, ca, ehloName: 'bench.contoso.com', connections });
  const bytes = mail.subarray(renderIdentity(IDENTITY).length);
  const send = async (): Promise<void> => {
    const { recipients: results } = await transport.send({
      account: ACCOUNT,
      credential: { kind: 'password', password: PASSWORD },
      recipients,
      identity: IDENTITY,
      mail: { pieces: [bytes], sizeBytes: bytes.length },
      pointOfNoReturn: () => true,
    });
    const other = results.find(({ result }) => result !== 'accepted');
    if (other !== undefined) throw new Error(`The sink takes everything, and yet: ${JSON.stringify(other)}`);
  };
  return {
    run: (isOver: () => boolean) => runLoops(connections * loopsPerConnection, send, isOver),
    close: () => transport.close(),
  };
}
