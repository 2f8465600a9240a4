/** A process with HVE simulators, each offering something else. */
import { join } from 'node:path';
import type { SmtpExtension } from '../../local/simulator/extensions.ts';
import { startSimulator, type Simulator } from '../../local/simulator/startSimulator.ts';
import { serveCalls } from '../serveCalls.ts';

export interface SimulatorArgument {
  readonly stateDir: string;
  readonly tls: { readonly key: string; readonly cert: string };
  readonly account: { readonly address: string; readonly password: string };
  readonly internalDomains: readonly string[];
  readonly extensions: readonly SmtpExtension[];
}

const simulators: Simulator[] = [];

serveCalls({
  /** Resolves with the port of SMTP. */
  async open({ stateDir, account, ...options }: SimulatorArgument): Promise<number> {
    const simulator = await startSimulator({
      ...options,
      smtpPort: 0,
      inboxPort: 0,
      host: '127.0.0.1',
      stateDir: join(stateDir, String(simulators.length)),
      accounts: [account],
      externalAllowed: false,
      now: () => Date.now(),
    });
    simulators.push(simulator);
    return simulator.smtp.port;
  },
  /** Mails so far, in all of them. */
  async taken(): Promise<number> {
    const counts = simulators.map(async ({ inboxUrl }) => {
      const answer = await fetch(`${inboxUrl}/stats`);
      const { messages }: { messages: number } = JSON.parse(await answer.text());
      return messages;
    });
    return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  },
});
