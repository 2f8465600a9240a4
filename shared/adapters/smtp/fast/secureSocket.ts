import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { describeError, inSeconds } from '../describeError.ts';

/** The TLS session of the connection before, to be resumed by the next one: a handshake without certificates. */
export interface TlsSessions {
  latest: Buffer | null;
}

export interface TlsOptions {
  readonly host: string;
  /** PEM of the only CA that is trusted; null: those that Node trusts. */
  readonly ca: string | null;
  readonly sessions: TlsSessions;
}

export type SecuredSocket =
  | { readonly ok: true; readonly socket: TLSSocket }
  | { readonly ok: false; readonly error: string };

/**
 * TLS over a connected socket, its certificate verified, always. A session is only kept of a connection that was verified,
 * and only offered to the same host.
 */
export function secureSocket(plain: Socket, options: TlsOptions, withinMs: number): Promise<SecuredSocket> {
  const { sessions } = options;
  return new Promise((resolve) => {
    const socket = startTls(plain, options);
    if (socket instanceof Error) {
      plain.destroy();
      resolve({ ok: false, error: describeError(socket) });
      return;
    }
    const settle = (secured: SecuredSocket): void => {
      clearTimeout(timer);
      if (!secured.ok) socket.destroy();
      resolve(secured);
    };
    const timer = setTimeout(() => {
      settle({ ok: false, error: `no end of the TLS handshake within ${inSeconds(withinMs)}` });
    }, withinMs);
    socket.once('secureConnect', () => settle({ ok: true, socket }));
    // These listeners stay: what comes after the first one, or while it is torn down, is of no interest here.
    socket.on('error', (error) => {
      // Whatever the server has against the session, the next connection begins without one.
      sessions.latest = null;
      settle({ ok: false, error: describeError(error) });
    });
    socket.on('close', () => settle({ ok: false, error: 'the server closed the connection' }));
    socket.on('session', (session: Buffer) => {
      if (socket.authorized) sessions.latest = session;
    });
  });
}

/** An error where the options themselves are wrong: a file that is no CA. */
function startTls(plain: Socket, { host, ca, sessions }: TlsOptions): TLSSocket | Error {
  try {
    return connect({
      socket: plain,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === null ? {} : { ca }),
      ...(sessions.latest === null ? {} : { session: sessions.latest }),
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
