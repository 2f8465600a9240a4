import { connect, isIP, type Socket } from 'node:net';
import { describeError, inSeconds } from './describeError.ts';

export type OpenedSocket =
  | { readonly ok: true; readonly socket: Socket }
  | { readonly ok: false; readonly stage: 'dns' | 'connect'; readonly error: string };

/** Where a host has several addresses, the next is tried after this: a far one answers within, a dead one costs no more. */
const NEXT_ADDRESS_AFTER_MS = 3_000;

/**
 * A TCP connection. Made here rather than by nodemailer, whose lookups go past the operating system's resolver (hosts
 * file, private zones) into a cache shared by the whole process, and so that a name that does not resolve is told from
 * a host that does not answer.
 */
export function openSocket(host: string, port: number, timeoutMs: number): Promise<OpenedSocket> {
  return new Promise((resolve) => {
    let stage: 'dns' | 'connect' = isIP(host) === 0 ? 'dns' : 'connect';
    const socket = connect({
      host,
      port,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER_MS,
    });
    const settle = (opened: OpenedSocket): void => {
      clearTimeout(timer);
      // The listener for errors stays: what comes after the first one, or while it is torn down, is of no interest here.
      if (!opened.ok) socket.destroy();
      resolve(opened);
    };
    const timer = setTimeout(() => {
      const what = stage === 'dns' ? `the name ${host} was not resolved` : `no connection to ${host}:${port}`;
      settle({ ok: false, stage, error: `${what} within ${inSeconds(timeoutMs)}` });
    }, timeoutMs);
    socket.on('lookup', (error: Error | null) => {
      if (error === null) stage = 'connect';
    });
    socket.once('connect', () => settle({ ok: true, socket }));
    socket.on('error', (error) => settle({ ok: false, stage, error: describeError(error) }));
  });
}
