import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import { ACCOUNT, OTHER_ACCOUNT } from '../../local/simulator/testSimulator.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { startNeighbours, until } from './mailerHarness.ts';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

const POOL = {
  HVE_ACCOUNTS: JSON.stringify([
    { address: ACCOUNT.address, secret: 'hve-password', pool: 'Team' },
    { address: OTHER_ACCOUNT.address, secret: 'payroll-password', pool: 'Team' },
  ]),
};
const MINUTE = 60_000;
const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));

async function send(mailer: TestMailer, to: string): Promise<string> {
  const id = newId(mailer);
  await mailer.takeFromOutbox.take(id, { to, from: 'team', subject: to, text: 'x' });
  return id;
}

async function sweepUntilSent(mailer: TestMailer, id: string): Promise<void> {
  await until(`${id} to be sent`, async () => {
    await mailer.sweep();
    await mailer.drain();
    mailer.letGoBy(MINUTE);
    return (await mailer.messages.message(id))?.status === 'sent';
  });
}

describe('a pool', () => {
  it('spreads its mail over its accounts, each From its own', async () => {
    const mailer = await neighbours.mailer(POOL);
    for (let n = 0; n < 4; n++) await sweepUntilSent(mailer, await send(mailer, `spread${n}@contoso.com`));
    const accounts = await Promise.all(
      [0, 1, 2, 3].map(async (n) => (await neighbours.inbox(`spread${n}@contoso.com`))[0]!.account),
    );
    expect(accounts.toSorted()).toEqual([
      ACCOUNT.address,
      ACCOUNT.address,
      OTHER_ACCOUNT.address,
      OTHER_ACCOUNT.address,
    ]);
    const used = (await mailer.usage.today()).scopes.filter((scope) => scope.scope.startsWith('account:'));
    expect(used.map((scope) => scope.used)).toEqual([2, 2]);
  });

  it('moves on to the next account when one is refused, at once and without a try', async () => {
    const mailer = await neighbours.mailer(POOL);
    const reply = '550 5.1.8 Access denied, bad outbound sender';
    await neighbours.setFault({ reply, stage: 'mail', address: ACCOUNT.address });
    const ids = [await send(mailer, 'move0@contoso.com'), await send(mailer, 'move1@contoso.com')];
    for (const id of ids) await sweepUntilSent(mailer, id);
    await neighbours.clearFaults();
    for (const n of [0, 1]) {
      const mails = await neighbours.inbox(`move${n}@contoso.com`);
      expect(mails.map((mail) => mail.account)).toEqual([OTHER_ACCOUNT.address]);
    }
    expect(mailer.lines.join('\n')).toContain('the account is blocked for outbound spam');
  });

  it('takes the other account when one cannot even log in', async () => {
    const mailer = await neighbours.mailer(POOL);
    neighbours.vault.setFault({ reply: 'missing', secret: 'hve-password' });
    for (let n = 0; n < 3; n++) await send(mailer, `login${n}@contoso.com`);
    neighbours.vault.setFault(null);
    for (let n = 0; n < 3; n++) {
      const mails = await neighbours.inbox(`login${n}@contoso.com`);
      expect(mails.map((mail) => mail.account)).toEqual([OTHER_ACCOUNT.address]);
    }
  });

  it('waits in its room when no account may, and goes when one is probed well though nobody waits for it', async () => {
    const mailer = await neighbours.mailer(POOL);
    neighbours.vault.setFault({ reply: 'forbidden' });
    const id = await send(mailer, 'room@contoso.com');
    expect(await mailer.messages.message(id)).toMatchObject({ status: 'deferred', waitsFor: 'pool:Team' });
    neighbours.vault.setFault(null);
    await sweepUntilSent(mailer, id);
    expect(await neighbours.inbox('room@contoso.com')).toHaveLength(1);
  });

  it('that does not exist is refused at acceptance', async () => {
    const mailer = await neighbours.mailer(POOL);
    const value = { to: 'x@contoso.com', from: 'nobody', subject: 's', text: 't' };
    const acceptance = await mailer.accept({ id: newId(mailer), source: 'http', value });
    expect(acceptance).toMatchObject({ kind: 'invalid', problems: [{ code: 'sender_unknown' }] });
  });
});
