import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Mailer } from '../../../shared/flows/mailer.ts';
import { makeGetApp, makePutApp } from '../../../functions/apps.ts';
import { call } from '../../functions/invocation.ts';
import { ACCOUNT, OTHER_ACCOUNT } from '../../local/simulator/testSimulator.ts';
import type { Neighbours, TestMailer } from './mailerHarness.ts';
import { startNeighbours } from './mailerHarness.ts';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

const newId = (mailer: Mailer): string => makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));

async function accept(mailer: TestMailer, changes: Record<string, unknown>) {
  const value = { app: 'payroll', to: 'ann@contoso.com', subject: 's', text: 't', ...changes };
  return mailer.accept({ id: newId(mailer), source: 'http', value });
}

describe('the rules of an app', () => {
  it('bind it to its accounts: another from is refused, none at all means the first of them', async () => {
    const mailer = await neighbours.mailer();
    await mailer.appBook.write({
      name: 'payroll',
      accounts: [OTHER_ACCOUNT.address],
      quotaPerDay: null,
      highestPriority: null,
    });
    const refused = await accept(mailer, { from: ACCOUNT.address });
    expect(refused).toMatchObject({
      kind: 'invalid',
      problems: [{ pointer: '/from', code: 'sender_not_allowed' }],
    });
    const taken = await accept(mailer, {});
    expect((await mailer.messages.message((taken as { id: string }).id))?.from).toBe(OTHER_ACCOUNT.address);
    expect(await accept(mailer, { app: 'other', from: ACCOUNT.address })).toMatchObject({ kind: 'accepted' });
  });

  it('lower a priority above its highest, and leave a lower one', async () => {
    const mailer = await neighbours.mailer();
    await mailer.appBook.write({
      name: 'payroll',
      accounts: null,
      quotaPerDay: null,
      highestPriority: 'normal',
    });
    const priorityOf = async (priority: string): Promise<string | undefined> => {
      const taken = await accept(mailer, { priority });
      return (await mailer.messages.message((taken as { id: string }).id))?.priority;
    };
    expect([await priorityOf('critical'), await priorityOf('normal'), await priorityOf('bulk')]).toEqual([
      'normal',
      'normal',
      'bulk',
    ]);
  });

  it('are read and replaced over HTTP; what is wrong with them is all said', async () => {
    const mailer = await neighbours.mailer();
    const use = async () => mailer;
    const path = '/api/apps/Payroll';
    const params = { name: 'Payroll' };
    const get = async () => call(makeGetApp(use), { path, params });
    const put = async (body: unknown) => call(makePutApp(use), { method: 'PUT', path, params, body });
    expect((await get()).body).toEqual({
      name: 'payroll',
      accounts: null,
      quotaPerDay: null,
      highestPriority: null,
    });
    const rules = { accounts: [ACCOUNT.address.toUpperCase()], quotaPerDay: 500, highestPriority: 'bulk' };
    expect(await put(rules)).toMatchObject({
      status: 200,
      body: { name: 'payroll', accounts: [ACCOUNT.address], quotaPerDay: 500, highestPriority: 'bulk' },
    });
    expect((await get()).body).toMatchObject({ accounts: [ACCOUNT.address], quotaPerDay: 500 });
    const wrong = await put({
      accounts: ['nobody@contoso.com', 7],
      quotaPerDay: -1,
      highestPriority: 'urgent',
    });
    expect(wrong.status).toBe(400);
    expect((wrong.body['errors'] as { pointer: string }[]).map((error) => error.pointer)).toEqual([
      '/accounts/0',
      '/accounts/1',
      '/quotaPerDay',
      '/highestPriority',
    ]);
    for (const quotaPerDay of [1.5, '500', true, [], Number.MAX_SAFE_INTEGER + 1]) {
      const { status, body } = await put({ quotaPerDay });
      expect([status, (body['errors'] as { pointer: string }[])[0]!.pointer]).toEqual([400, '/quotaPerDay']);
    }
    // Nothing of that was changed; what is left out is without a limit again, and nobody is a limit too.
    expect((await get()).body['quotaPerDay']).toBe(500);
    for (const [said, laidDown] of [
      [{ quotaPerDay: 0 }, 0],
      [{}, null],
    ] as const) {
      await put(said);
      expect((await get()).body['quotaPerDay']).toBe(laidDown);
    }
  });
});
