import type { TransportFailure } from '../../ports.ts';
import type { SmtpTransportOptions } from './smtpTransportOptions.ts';

/** Of each connection that is asked for. No secrets. */
export interface ConnectionLog {
  /** `facts`: what it is like, and what the server offers. */
  opened(account: string, facts: Readonly<Record<string, string>>): void;
  failed(account: string, failure: TransportFailure): void;
}

export function makeConnectionLog({
  host,
  port,
  log = () => undefined,
}: SmtpTransportOptions): ConnectionLog {
  return {
    opened: (account, facts) => log('detail', 'SMTP connection opened', { account, host, port, ...facts }),
    failed: (account, { stage, error, reply }) => {
      const said = reply?.text ?? null;
      log('info', 'SMTP connection failed', { account, host, port, stage, error, reply: said });
    },
  };
}
