import { describe, expect, it } from 'vitest';
import { makePostMessage } from '../../functions/postMessage.ts';
import { parseMessage } from '../../shared/core/messageSchema.ts';
import { makeLookAtQuota } from '../../shared/flows/quotaLook.ts';
import { makeTurns } from '../../shared/flows/turns.ts';
import { makeSenders } from '../../shared/flows/senders.ts';
import type { Refused } from '../../shared/core/quotaLedger.ts';
import { NOON, sampleRecipient } from '../contracts/sampleMessages.ts';
import { chance } from '../shared/adapters/storage/openStorage.ts';
import { NO_LIMITS, makeStoredFlows, makeTestClock } from '../shared/flows/storedFlows.ts';
import { call } from './invocation.ts';

const HOUR = 3_600_000;
const { clock } = makeTestClock();

async function postRefused(refused: Omit<Refused, 'ok' | 'turnsAt'>) {
  const accept = async () => ({
    kind: 'quotaFull' as const,
    refused: { ...refused, ok: false as const, turnsAt: NOON + HOUR },
  });
  const turns = makeTurns({ clock, durations: { turn: 60_000 } });
  const handler = makePostMessage(async () => ({ clock, chance, turns, accept, apiUri: null }));
  return call(handler, { method: 'POST', path: '/api/messages', body: { to: 'a@contoso.com' } });
}

describe('a message that would rather be rejected than wait', () => {
  it('is told to come again where there will be room, and that it is not valid where there never will', async () => {
    const later = await postRefused({ scope: 'tenant', tooLarge: false });
    expect([later.status, later.headers.get('Retry-After')]).toEqual([429, '3600']);
    const never = await postRefused({ scope: 'tenant', tooLarge: true });
    expect([never.status, never.headers.get('Retry-After')]).toEqual([400, null]);
    expect(never.body).toMatchObject({ errors: [{ pointer: '/onQuota', code: 'quota' }] });
  });

  it('of a pool is told of the account that will have room, not of one that is too small for ever', async () => {
    const [small, large] = ['small@contoso.com', 'large@contoso.com'];
    const limits = { ...NO_LIMITS, account: (address: string) => (address === small ? 1 : 3) };
    const { quota, use } = makeStoredFlows({ limits });
    await use({ recipients: 2, account: large });
    const accounts = [small, large].map((address) => ({ address, pool: 'team' }));
    const look = makeLookAtQuota({ quota, senders: makeSenders({ accounts }), externalAllowed: true, clock });
    const plan = [[sampleRecipient('a@contoso.com'), sampleRecipient('b@contoso.com')]];
    const value = { to: ['a@contoso.com', 'b@contoso.com'], subject: 'x', text: 'x', onQuota: 'reject' };
    const parsed = parseMessage(value, { now: NOON });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    for (let n = 0; n < 2; n++) {
      expect(await look(parsed.message, 'team', plan)).toMatchObject({
        scope: `account:${large}`,
        tooLarge: false,
      });
    }
  });
});
