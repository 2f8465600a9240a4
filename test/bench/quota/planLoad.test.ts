import { describe, expect, test } from 'vitest';
import { limitOfApp, LIMITED_APP, planFillers, planLoad } from '../../../bench/quota/planLoad.ts';
import { parseMessage } from '../../../shared/core/messageSchema.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

describe.each([
  { recipients: 20_000, external: 400 },
  { recipients: 600, external: 30 },
])('for a limit of $recipients and $external external', (limits) => {
  test.each([1, 2, 3])('more is asked for than the limits hold (seed %i)', (seed) => {
    const load = planLoad(limits, seed);
    const limited = load.filter(({ item }) => item['app'] === LIMITED_APP);
    const beyondItsLimit = Math.max(0, sum(limited.map(({ recipients }) => recipients)) - limitOfApp(limits));
    expect(sum(load.map(({ recipients }) => recipients)) - beyondItsLimit).toBeGreaterThan(limits.recipients);
    expect(sum(load.map(({ external }) => external))).toBeGreaterThan(limits.external);
  });

  test('each is a valid message of one delivery, and nobody gets two', () => {
    const load = planLoad(limits, 1);
    expect(load.filter(({ item }) => !parseMessage(item, { now: 0 }).ok)).toEqual([]);
    expect(load.filter(({ recipients }) => recipients < 1 || recipients > 50)).toEqual([]);
    const addresses = load.flatMap(({ item }) => item['to'] as string[]);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses).toHaveLength(sum(load.map(({ recipients }) => recipients)));
    expect(addresses.filter((address) => address.endsWith('@fabrikam.com'))).toHaveLength(
      sum(load.map(({ external }) => external)),
    );
  });

  test('the same seed plans the same, another one does not', () => {
    expect(planLoad(limits, 1)).toEqual(planLoad(limits, 1));
    expect(planLoad(limits, 1)).not.toEqual(planLoad(limits, 2));
  });
});

test('fillers are critical and have one recipient each', () => {
  const fillers = planFillers(3, 'external');
  expect(fillers.map(({ item }) => [item['priority'], item['to']])).toEqual([
    ['critical', 'filler-0@fabrikam.com'],
    ['critical', 'filler-1@fabrikam.com'],
    ['critical', 'filler-2@fabrikam.com'],
  ]);
});
