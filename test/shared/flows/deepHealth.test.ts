/** The neighbours asked: over an Azurite, an HVE simulator and a Key Vault of its own, each of them broken in turn. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates } from '../../../local/certificates.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, OTHER_ACCOUNT } from '../../local/simulator/testSimulator.ts';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { HealthView } from '../../../shared/core/healthView.ts';
import type { Ports } from '../../../shared/ports.ts';
import { startNeighbours, type Neighbours, type TestMailer } from './mailerHarness.ts';

/** What one instance remembers of a deep look: each test has an instance of its own. */
let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterEach(async () => {
  await neighbours.clearFaults();
  neighbours.vault.setFault(null);
});
afterAll(async () => {
  await neighbours.end();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});
const folders: string[] = [];

const NAMES = [
  'configuration',
  'storage',
  'heartbeat',
  'storage queues',
  'storage tables',
  'storage blobs',
  'clock',
  'days',
  'poison queues',
  'keyVault hve-password',
  'keyVault payroll-password',
  'smtp port',
  'smtp starttls',
  'smtp certificate',
  'smtp capabilities',
  `smtp ${ACCOUNT.address}`,
  `smtp ${OTHER_ACCOUNT.address}`,
  'dead letters',
];
const BEFORE_THE_SERVER = NAMES.slice(0, NAMES.indexOf('smtp port'));

const mailerWith = async (
  settings: Record<string, string> = {},
  wrap?: (ports: Ports) => Ports,
): Promise<TestMailer> => neighbours.mailer(settings, wrap);
const notWell = ({ checks }: HealthView) => checks.filter(({ status }) => status !== 'ok');
/** The file of a CA that has signed nothing here. */
async function otherCa(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hve-other-ca-'));
  folders.push(dir);
  return (await ensureCertificates(dir)).caFile;
}
const namesOf = ({ checks }: HealthView) => checks.map(({ name }) => name);

describe('a deep look', () => {
  it('asks each neighbour, from cause to effect, and sends nothing', async () => {
    const mailer = await mailerWith();
    const health = await mailer.readHealth(true);
    expect(namesOf(health)).toEqual(NAMES);
    expect(notWell(health)).toEqual([]);
    expect(health.status).toBe('ok');
    expect(Date.parse(health.askedAt ?? '')).not.toBeNaN();
    expect(await neighbours.inbox(ACCOUNT.address)).toEqual([]);
  });

  it('asks once a minute at most, and those who ask at once share it', async () => {
    let inspections = 0;
    const mailer = await mailerWith({}, (ports) => ({
      ...ports,
      mailServer: {
        inspect: async (withinMs) => {
          inspections++;
          return ports.mailServer.inspect(withinMs);
        },
      },
    }));
    const [one, other] = await Promise.all([mailer.readHealth(true), mailer.readHealth(true)]);
    const later = await mailer.readHealth(true);
    expect(inspections).toBe(1);
    expect([other.askedAt, later.askedAt]).toEqual([one.askedAt, one.askedAt]);
  });

  it('says that Key Vault forbids, with the role to grant, though the logins still remember the password', async () => {
    const mailer = await mailerWith();
    const id = makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
    const value = { to: 'remembered@contoso.com', subject: 'x', text: 'x' };
    await mailer.accept({ id, value, source: 'http' });
    await mailer.drain();
    expect(await neighbours.inbox('remembered@contoso.com')).toHaveLength(1);
    neighbours.vault.setFault({ reply: 'forbidden' });
    const health = await mailer.readHealth(true);
    expect(health.checks).toContainEqual({
      name: `smtp ${ACCOUNT.address}`,
      status: 'ok',
      cause: null,
      remedy: null,
    });
    expect(notWell(health)[0]).toMatchObject({
      name: 'keyVault hve-password',
      status: 'failing',
      remedy: expect.stringContaining('Key Vault Secrets User'),
      command: expect.stringContaining('az role assignment create'),
    });
  });

  it('says which account is refused, with the reply and what to do', async () => {
    const reply = '535 5.7.139 Authentication unsuccessful, basic authentication is disabled.';
    await neighbours.setFault({ reply, stage: 'auth', address: OTHER_ACCOUNT.address });
    const health = await (await mailerWith()).readHealth(true);
    expect(health.status).toBe('degraded');
    expect(notWell(health)).toEqual([
      {
        name: `smtp ${OTHER_ACCOUNT.address}`,
        status: 'failing',
        cause: `authentication policy without AllowBasicAuthSmtp (auth: ${reply})`,
        remedy: expect.stringContaining('AllowBasicAuthSmtp'),
        command: expect.stringContaining('Test-HveTenant.ps1'),
      },
    ]);
    expect(namesOf(health)).toEqual(NAMES);
  });

  it.each([
    ['a name that does not resolve', { HVE_SMTP_HOST: 'no-such-host.invalid' }, 'smtp dns'],
    ['a port on which nothing listens', { HVE_SMTP_PORT: '1' }, 'smtp port'],
  ])('with %s it says so, and tries no login', async (_what, settings, name) => {
    const health = await (await mailerWith(settings)).readHealth(true);
    expect(notWell(health).map((check) => check.name)).toEqual([name]);
    expect(namesOf(health)).toEqual([...BEFORE_THE_SERVER, name, 'dead letters']);
  });

  it('with a certificate of a CA that is not trusted it says so, and gives no password away', async () => {
    const settings = { HVE_SMTP_CA_FILE: await otherCa() };
    const health = await (await mailerWith(settings)).readHealth(true);
    expect(notWell(health)).toEqual([
      expect.objectContaining({
        name: 'smtp certificate',
        cause: expect.stringContaining('not trusted'),
        remedy: expect.stringContaining('no proxy intercepts TLS'),
        command: expect.stringContaining('openssl s_client -starttls smtp'),
      }),
    ]);
    expect(namesOf(health)).not.toContain(`smtp ${ACCOUNT.address}`);
  });

  it('ends in time whatever hangs, says what did not answer, and still tells the rest', async () => {
    const never = async (): Promise<never> => new Promise<never>(() => undefined);
    const mailer = await mailerWith({}, (ports) => ({
      ...ports,
      storageInspector: { inspect: never },
      mailServer: { inspect: never },
      queueGauge: { look: never },
      secrets: { read: never },
      clock: { ...ports.clock, sleep: async (ms) => ports.clock.sleep(ms / 100) },
    }));
    const health = await mailer.readHealth(true);
    expect(health.status).toBe('failing');
    for (const name of ['storage', 'poison queues', 'keyVault hve-password', 'smtp port']) {
      expect(notWell(health)).toContainEqual(
        expect.objectContaining({ name, cause: expect.stringContaining('no answer within') }),
      );
    }
    expect(namesOf(health)).toContain('dead letters');
  });

  it('never shows a secret', async () => {
    await neighbours.setFault({ reply: 'drop', stage: 'auth' });
    const written = JSON.stringify(await (await mailerWith()).readHealth(true));
    for (const secret of [ACCOUNT.password, OTHER_ACCOUNT.password]) expect(written).not.toContain(secret);
  });
});
