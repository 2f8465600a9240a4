import { expect, test } from 'vitest';
import { describeCase } from '../../../bench/coldstart/describeCase.ts';
import type { Moment } from '../../../bench/coldstart/startInstance.ts';
import type { Way } from '../../../bench/coldstart/ways.ts';

const way = (key: string, role: Way['role']): Way => ({ name: key, key, role, app: null });
const moment = (ms: number): Moment => ({ ms, cpuMs: ms / 2, files: [] });
const moments = (...ms: number[]): readonly Moment[] => ms.map(moment);

function describe(ours: readonly Moment[]) {
  return describeCase({
    title: 'To there',
    key: 'there',
    atMost: 0.25,
    moments: new Map([
      [way('floor', 'floor'), moments(20, 20, 20)],
      [way('bundle', 'ours'), ours],
      [way('slow', 'peer'), moments(800, 800, 800)],
      [way('quick', 'peer'), moments(400, 420, 9999)],
    ]),
  });
}

test('ours is set against the median of the quicker peer, with Node itself and without', () => {
  const { lines, figures } = describe(moments(5, 105, 110));
  expect(lines[4]).toMatch(/^bundle +105 +105 to 110 +0\.25 +0\.21 +53 +0\.25$/);
  expect(lines.at(-2)).toBe('The bundle needs 0.25 of the peer: within the mark of 0.25.');
  expect(figures).toMatchObject({ there_bundle_ms: 105, there_quick_cpu_ms: 210, there_ratio: 0.25 });
});

test('what is above the mark is told so', () => {
  const { lines } = describe(moments(120, 120, 120));
  expect(lines.at(-2)).toBe('The bundle needs 0.29 of the peer: above the mark of 0.25.');
});
