/**
 * Postfix as Debian packages it between a program and the sink: the program hands its mails to it on this machine, and it
 * sends them on over as many connections as the others have, which it keeps open between two mails.
 */
import { startPostfix } from '../../test/interop/startPostfix.ts';
import { ACCOUNT, PASSWORD, type Contender } from './contender.ts';
import { fast } from './transports.ts';

/** It takes in on so many connections: more than it gets rid of. */
const CONNECTIONS_TO_IT = 2;
const MAX_BYTES = 50_000_000;

export const POSTFIX: Contender = {
  name: 'Postfix as a relay',
  extensions: ['PIPELINING', 'CHUNKING'],
  isCountedAtSink: true,
  async start({ port, connections, ...target }) {
    const postfix = await startPostfix({
      account: { address: ACCOUNT, password: PASSWORD },
      recipients: [],
      maxBytes: MAX_BYTES,
      main: {
        relayhost: `[127.0.0.1]:${port}`,
        default_transport: 'smtp',
        // Encrypted, not verified: the sink's certificate is nobody's. The sink asks for no login.
        smtp_tls_security_level: 'encrypt',
        smtp_tls_connection_reuse: 'yes',
        default_destination_concurrency_limit: String(connections),
        initial_destination_concurrency: String(connections),
        in_flow_delay: '0',
        smtpd_recipient_limit: '1000',
      },
    });
    try {
      const toIt = {
        ...target,
        port: postfix.ports.chunking,
        ca: postfix.ca,
        connections: CONNECTIONS_TO_IT,
      };
      const program = await fast(2).start(toIt);
      return {
        run: (isOver, onSent) => program.run(isOver, onSent),
        close: async () => {
          await program.close();
          await postfix.stop();
        },
      };
    } catch (error) {
      await postfix.stop();
      throw error;
    }
  },
};
