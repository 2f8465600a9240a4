import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport, type SendMailOptions, type SMTPSentMessageInfo } from 'nodemailer';
import { ensureCertificates } from '../../../local/certificates.ts';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../../local/simulator/startSimulator.ts';

export const ACCOUNT = { address: 'hve@contoso.com', password: 'correct horse' };
export const OTHER_ACCOUNT = { address: 'payroll@contoso.com', password: 'battery staple' };

export interface TestSimulator extends Simulator {
  /** Of the CA that signed the server's certificate. */
  readonly ca: string;
  readonly stateDir: string;
  /** Stops it and removes what it kept. */
  end(): Promise<void>;
}

/** A simulator on free ports with its state in a folder of its own. */
export async function startTestSimulator(overrides: Partial<SimulatorOptions> = {}): Promise<TestSimulator> {
  const dir = await mkdtemp(join(tmpdir(), 'hve-simulator-'));
  const { ca, key, cert } = await ensureCertificates(dir);
  const stateDir = join(dir, 'inbox');
  const simulator = await startSimulator({
    smtpPort: 0,
    inboxPort: 0,
    host: '127.0.0.1',
    stateDir,
    tls: { key, cert },
    accounts: [ACCOUNT, OTHER_ACCOUNT],
    internalDomains: ['contoso.com', '*.contoso.com'],
    externalAllowed: false,
    now: () => Date.now(),
    ...overrides,
  });
  return {
    ...simulator,
    ca,
    stateDir,
    end: async () => {
      await simulator.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

interface Client {
  sendMail(mail: SendMailOptions): Promise<SMTPSentMessageInfo>;
  close(): void;
}

/** Nodemailer as an application would set it up. */
export function makeClient(simulator: TestSimulator, account = ACCOUNT): Client {
  return createTransport({
    ...simulator.smtp,
    requireTLS: true,
    tls: { ca: simulator.ca },
    auth: { user: account.address, pass: account.password },
  });
}

export async function setFault(simulator: TestSimulator, fault: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${simulator.inboxUrl}/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  });
  if (response.status !== 201) throw new Error(`The fault was refused: ${await response.text()}`);
}

export async function readJson<Body>(simulator: TestSimulator, path: string): Promise<Body> {
  const response = await fetch(simulator.inboxUrl + path);
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tests say what they read
  return (await response.json()) as Body;
}
