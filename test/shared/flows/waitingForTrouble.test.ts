/** What the API says of a message that waits for an account: when it goes on, and what that costs. */
import { expect, it } from 'vitest';
import { makeMessageReader } from '../../../shared/flows/readMessages.ts';
import { makeTroubles } from '../../../shared/flows/troubles.ts';
import { makeStoredFlows } from './storedFlows.ts';

const ACCOUNT = 'hve@contoso.com';
const ROOM = `account:${ACCOUNT}`;
const MINUTE = 60_000;

function open() {
  const flows = makeStoredFlows();
  let reads = 0;
  const readAll: typeof flows.standings.readAll = async () => {
    reads++;
    return flows.standings.readAll();
  };
  const deps = { ...flows, standings: { ...flows.standings, readAll } };
  const reader = makeMessageReader({
    ...deps,
    troubles: makeTroubles(deps),
    accounts: [{ address: ACCOUNT, pool: null }],
    rowDays: 30,
  });
  /** Another instance, whose news this one reads. */
  return { ...flows, reader, others: makeTroubles(flows), reads: () => reads };
}

it('moves on with the probes: what the row noted when it was parked does not last', async () => {
  const { others, parked, reader, time } = open();
  const { id } = await parked(ROOM);
  const next = async (): Promise<number | null> => {
    const told = (await reader.message(id))!.nextAttemptAt;
    return told === null ? null : Date.parse(told) - time.now;
  };
  const said = { cause: 'wrong password', remedy: 'correct it', reply: '535 5.7.3' };
  await others.report({ scope: 'account', account: ACCOUNT, action: 'pause', ...said });
  expect(await next()).toBe(MINUTE);
  // The sweep of another instance probes, in vain: the next look is two minutes away.
  time.now += MINUTE;
  const [standing] = await others.readNow();
  expect(await others.beginProbe(standing!)).toBe(true);
  expect(await next()).toBe(2 * MINUTE);
  expect((await reader.list({ limit: 1 })).items[0]).toMatchObject({
    id,
    waitsFor: ROOM,
    nextAttemptAt: new Date(time.now + 2 * MINUTE).toISOString(),
  });
  await others.clear(ACCOUNT);
  time.now += MINUTE;
  expect(await next()).toBeNull();
});

it('is asked for what waits only, and once a minute at most', async () => {
  const { parked, stored, reader, reads, time } = open();
  const { id: queued } = await stored();
  await reader.message(queued);
  expect(reads()).toBe(0);
  const { id } = await parked(ROOM);
  await parked(ROOM);
  for (let n = 0; n < 3; n++) await reader.message(id);
  await reader.list({ limit: 50 });
  expect(reads()).toBe(1);
  time.now += MINUTE;
  await reader.message(id);
  expect(reads()).toBe(2);
});
