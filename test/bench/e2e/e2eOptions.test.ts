import { expect, test } from 'vitest';
import { WrongUsage } from '../../../bench/bench.ts';
import { E2E_USAGE, parseE2eOptions } from '../../../bench/e2e/e2eOptions.ts';
import { readHostJson } from '../../../local/host/hostJson.ts';
import { join } from 'node:path';
import { projectRoot } from '../../tools.ts';

test('as many invocations at once as host.json has', () => {
  const { batchSize, newBatchThreshold } = readHostJson(join(projectRoot, 'host.json')).queues;
  expect(parseE2eOptions([]).atOnce).toBe(batchSize + newBatchThreshold);
});

test('lists are cases', () => {
  expect(parseE2eOptions(['--recipients', '1,50', '--ways', 'bdat'])).toMatchObject({
    recipients: [1, 50],
    ways: ['bdat'],
  });
});

test.each([
  ['--recipients', '0'],
  ['--ways', 'slow'],
  ['--server', 'exchange'],
  ['--speed', '1'],
])('%s %s makes no sense', (...args) => {
  expect(() => parseE2eOptions(args)).toThrow(WrongUsage);
});

test('every option is in the usage', () => {
  expect(E2E_USAGE.match(/--[a-z-]+/gu)).toHaveLength(11);
});
