import { expect, test } from 'vitest';
import { loadAhead } from '../../functions/loadAhead.ts';

test('one after the other, none in the turn that asks for it, and one that fails keeps none of the others', async () => {
  const steps: string[] = [];
  const load = (name: string) => async () => {
    steps.push(`${name} begins`);
    await Promise.resolve();
    steps.push(`${name} ends`);
    if (name === 'broken') throw new Error('the file cannot be read');
  };
  const loading = loadAhead([load('first'), load('broken'), load('last')]);
  steps.push('asked');
  await loading;
  expect(steps).toEqual([
    'asked',
    'first begins',
    'first ends',
    'broken begins',
    'broken ends',
    'last begins',
    'last ends',
  ]);
});
