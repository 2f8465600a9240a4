import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import { makePause } from '../../../shared/flows/pause.ts';
import { makeTroubles } from '../../../shared/flows/troubles.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import { Unavailable } from '../../../shared/ports.ts';
import { NOON } from '../../contracts/sampleMessages.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { startNeighbours, until } from './mailerHarness.ts';
import { makeStoredFlows } from './storedFlows.ts';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
const PAYROLL = 'payroll@contoso.com';
const MINUTE = 60_000;

async function send(mailer: TestMailer, to: string, more: Record<string, unknown> = {}): Promise<string> {
  const id = newId(mailer);
  await mailer.takeFromOutbox.take(id, { to, subject: to, text: 't', ...more });
  return id;
}

async function account(mailer: TestMailer, address: string) {
  return (await mailer.readAccounts()).find((one) => one.address === address);
}

describe('a person’s pause', () => {
  it('of an account stops its mail, and no other; resumed, it goes on by itself', async () => {
    const mailer = await neighbours.mailer();
    await mailer.pause.pause('Payroll@Contoso.com', 'audit');
    const waits = await send(mailer, 'waits@contoso.com', { from: PAYROLL });
    const goes = await send(mailer, 'goes@contoso.com');
    expect(await mailer.messages.message(waits)).toMatchObject({
      status: 'deferred',
      waitsFor: `account:${PAYROLL}`,
      nextAttemptAt: null,
    });
    expect((await mailer.messages.message(goes))?.status).toBe('sent');
    expect(await account(mailer, PAYROLL)).toMatchObject({
      status: 'paused',
      by: 'person',
      cause: 'audit',
      waiting: 1,
    });
    await mailer.sweep();
    expect(await mailer.drain()).toBe(0);

    await mailer.pause.resume(PAYROLL);
    expect(await account(mailer, PAYROLL)).toMatchObject({ status: 'active', by: null });
    await mailer.sweep();
    await mailer.drain();
    expect((await mailer.messages.message(waits))?.status).toBe('sent');
  });

  it('of everything stops all mail, also what is queued and what is released from a room', async () => {
    const mailer = await neighbours.mailer();
    const queued = newId(mailer);
    await mailer.accept({
      id: queued,
      source: 'http',
      value: { to: 'q@contoso.com', subject: 's', text: 't' },
    });
    const sendAt = new Date(mailer.clock.now() + MINUTE).toISOString();
    const scheduled = await send(mailer, 'later@contoso.com', { sendAt });
    await mailer.pause.pause('tenant', 'migration');
    mailer.letGoBy(MINUTE);
    for (const one of await mailer.readAccounts()) {
      expect(one).toMatchObject({ status: 'paused', by: 'person', cause: 'everything is paused: migration' });
    }
    await until('both to wait', async () => {
      await mailer.sweep();
      await mailer.drain();
      const found = await Promise.all([queued, scheduled].map(async (id) => mailer.messages.message(id)));
      return found.every((message) => message?.waitsFor === 'tenant');
    });
    expect(await neighbours.inbox('q@contoso.com')).toEqual([]);
    await mailer.pause.resume('tenant');
    await mailer.sweep();
    await mailer.drain();
    for (const id of [queued, scheduled]) expect((await mailer.messages.message(id))?.status).toBe('sent');
  });

  it('is not lifted by a probe, nor replaced by a reply; the trouble by reply stands beside it', async () => {
    const mailer = await neighbours.mailer();
    neighbours.vault.setSecret('payroll-password', 'wrong');
    const id = await send(mailer, 'both@contoso.com', { from: PAYROLL });
    expect(await account(mailer, PAYROLL)).toMatchObject({ status: 'paused', by: 'reply', waiting: 1 });
    await mailer.pause.pause(PAYROLL, 'hands off');
    neighbours.vault.setSecret('payroll-password', 'battery staple');
    const [standing] = await mailer.ports.standings.readAll();
    mailer.letGoBy(standing!.value.trouble!.until + 1 - mailer.clock.now());
    await mailer.sweep();
    expect(await mailer.drain()).toBe(0);
    expect(await account(mailer, PAYROLL)).toMatchObject({ by: 'person', cause: 'hands off' });

    // Resumed, what the reply said is found out by a probe, at the next sweep.
    await mailer.pause.resume(PAYROLL);
    expect(await account(mailer, PAYROLL)).toMatchObject({ status: 'paused', by: 'reply' });
    await mailer.sweep();
    await mailer.drain();
    expect((await mailer.messages.message(id))?.status).toBe('sent');
    expect(await account(mailer, PAYROLL)).toMatchObject({ status: 'active' });
  });
});

describe('what stands', () => {
  function open() {
    const flows = makeStoredFlows();
    const troubles = makeTroubles(flows);
    const accounts = [{ address: 'hve@contoso.com' }];
    return { ...flows, accounts, troubles, pause: makePause({ ...flows, troubles, accounts }) };
  }

  it('is changed by one of several at once without losing what the others wrote', async () => {
    const flows = open();
    await Promise.all([
      flows.pause.pause('hve@contoso.com', 'a'),
      flows.troubles.report({
        scope: 'account',
        account: 'hve@contoso.com',
        action: 'pause',
        cause: 'password',
        remedy: 'r',
        reply: '535',
      }),
    ]);
    const [row] = await flows.standings.readAll();
    expect(row!.value).toMatchObject({ pausedByPerson: { reason: 'a' }, trouble: { cause: 'password' } });
  });

  it('keeps since when, and takes the last reason', async () => {
    const flows = open();
    await flows.pause.pause('tenant', 'first');
    flows.time.now += 60_000;
    await flows.pause.pause('tenant', 'second');
    const [row] = await flows.standings.readAll();
    expect(row!.value.pausedByPerson).toEqual({ since: NOON, reason: 'second' });
    // This instance obeys at once, whatever it remembered.
    expect(await flows.troubles.obstacles('hve@contoso.com', false)).toMatchObject([{ byPerson: true }]);
    await flows.pause.resume('tenant');
    expect(await flows.troubles.obstacles('hve@contoso.com', false)).toEqual([]);
  });

  it('is not touched for an account that is none of ours, and a resume of what goes writes nothing', async () => {
    const flows = open();
    expect(await flows.pause.pause('stranger@contoso.com', 'x')).toBe(false);
    expect(await flows.pause.resume('stranger@contoso.com')).toBe(false);
    expect(await flows.pause.resume('HVE@contoso.com')).toBe(true);
    expect(await flows.standings.readAll()).toEqual([]);
  });

  it('says that nothing can be concluded where others change it all the time', async () => {
    const flows = open();
    const standings = { ...flows.standings, replace: async () => false };
    const pause = makePause({ ...flows, standings });
    await expect(pause.pause('tenant', 'x')).rejects.toThrow(Unavailable);
  });
});
