import { describe, expect, it } from 'vitest';
import { makeSetGoing } from '../../../shared/flows/setGoing.ts';
import { NOON, sampleRecipient } from '../../contracts/sampleMessages.ts';
import { makeStoredFlows } from './storedFlows.ts';

const HELD = {
  status: 'held',
  due: null,
  attempt: 3,
  recipients: [sampleRecipient('ann@contoso.com', { status: 'unknown' })],
} as const;

/** Flows whose effects are noted in their order; the one that `failing` names fails, from its n-th time on. */
function open(failing: string | null = null, from = 1) {
  const effects: string[] = [];
  const effect = (name: string): void => {
    effects.push(name);
    if (name === failing && effects.filter((one) => one === name).length >= from)
      throw new Error(`no ${name}`);
  };
  const flows = makeStoredFlows({
    wrapStore: (store) => ({
      ...store,
      async replaceAll(changes) {
        effect('rows');
        return store.replaceAll(changes);
      },
    }),
  });
  const touch = { ensure: async () => effect('touch') };
  const rows = { ...flows.rows, putItem: async () => effect('item') };
  return { ...flows, effects, setGoing: makeSetGoing({ ...flows, touch, rows }) };
}

async function heldIn(flows: Pick<ReturnType<typeof makeStoredFlows>, 'stored' | 'store'>) {
  const { id } = await flows.stored(HELD);
  return { id, stored: (await flows.store.readDelivery(id, 0))! };
}

describe('setting rows going', () => {
  it('R2, R3: touches the day, writes the rows, touches it again, and puts the item last', async () => {
    const flows = open();
    const { id, stored } = await heldIn(flows);
    expect(await flows.setGoing(id, [stored])).toBe(true);
    expect(flows.effects).toEqual(['touch', 'rows', 'touch', 'item']);
  });

  it('writes nothing where the day cannot be touched', async () => {
    const flows = open('touch');
    const { id, stored } = await heldIn(flows);
    await expect(flows.setGoing(id, [stored])).rejects.toThrow('no touch');
    expect(flows.effects).toEqual(['touch']);
    expect((await flows.read(id)).status).toBe('held');
  });

  it('puts the item, and says so, where the rows stand and the day cannot be touched again', async () => {
    const flows = open('touch', 2);
    const { id, stored } = await heldIn(flows);
    expect(await flows.setGoing(id, [stored])).toBe(true);
    expect(flows.effects.at(-1)).toBe('item');
    expect(flows.lines).toEqual([expect.stringMatching(/^error .*could not be touched again: no touch/)]);
  });

  it('writes the row as one that moves, with the attempt it had; by an old ETag nothing', async () => {
    const flows = makeStoredFlows();
    const setGoing = makeSetGoing(flows);
    const { id, stored } = await heldIn(flows);
    expect(await setGoing(id, [stored])).toBe(true);
    expect(await flows.read(id)).toMatchObject({
      status: 'queued',
      attempt: 3,
      due: NOON + flows.durations.itemOverdue,
      room: null,
      claim: null,
    });
    const { id: other, stored: otherStored } = await heldIn(flows);
    expect(await setGoing(other, [{ ...otherStored, etag: stored.etag }])).toBe(false);
    expect((await flows.read(other)).status).toBe('held');
  });
});
