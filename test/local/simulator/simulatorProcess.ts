/** `node simulatorProcess.ts DIR`: a simulator in a process of its own, so that a test can kill it. */
import { join } from 'node:path';
import { ensureCertificates } from '../../../local/certificates.ts';
import { startSimulator } from '../../../local/simulator/startSimulator.ts';
import { ACCOUNT } from './testSimulator.ts';

const dir = process.argv[2] ?? '';
const simulator = await startSimulator({
  smtpPort: 0,
  inboxPort: 0,
  host: '127.0.0.1',
  stateDir: join(dir, 'inbox'),
  tls: await ensureCertificates(dir),
  accounts: [ACCOUNT],
  internalDomains: ['contoso.com'],
  externalAllowed: false,
  now: () => Date.now(),
});
process.stdout.write(`${JSON.stringify({ smtp: simulator.smtp, inboxUrl: simulator.inboxUrl })}\n`);
