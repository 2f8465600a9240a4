import { BlobServiceClient } from '@azure/storage-blob';
import type { ContainerClient } from '@azure/storage-blob';
import { describe, expect, inject, it } from 'vitest';
import { gate, until } from './probe.ts';
import { createStack } from './stack.ts';

const EVERY_SECOND = { SCHEDULE: '* * * * * *' };
/** A minute is two seconds. */
const SCALE = 30;
const MINUTE_MS = 60_000;
const EVERY_MINUTE_FAST = { SCHEDULE: '0 * * * * *', HVE_LOCAL_TIME_SCALE: String(SCALE) };

interface Timer {
  readonly isPastDue: boolean;
  readonly scheduleStatus: { readonly last: string; readonly next: string } | null;
}

describe.concurrent('the timer trigger', () => {
  it('runs on its schedule, with the shape that the library gives', async () => {
    await using stack = await createStack({ functions: 'timer', env: EVERY_SECOND });
    await stack.host();
    await until('it ran three times', () => stack.probe.calls.length >= 3);
    const times = stack.probe.calls.map(({ now }) => Math.floor(now / 1000));
    expect(new Set(times).size).toBe(times.length);
    expect(stack.probe.calls[0]?.['timer']).toEqual({
      isPastDue: false,
      schedule: { adjustForDST: true },
      scheduleStatus: expect.objectContaining({ next: expect.any(String) }),
    });
  });

  it('runs faster by the time scale', async () => {
    await using stack = await createStack({ functions: 'timer', env: EVERY_MINUTE_FAST });
    await stack.host();
    await until('it ran three times', () => stack.probe.calls.length >= 3);
    // For when each was due: when it ran is the machine's matter, but for one thing.
    const dues = stack.probe.calls.map(({ timer }) => Date.parse((timer as Timer).scheduleStatus!.next));
    expect(dues.map((dueMs) => dueMs % (MINUTE_MS / SCALE))).toEqual(dues.map(() => 0));
    const distances = dues.slice(1).map((dueMs, index) => dueMs - dues[index]!);
    expect(distances.filter((distanceMs) => distanceMs <= 0 || distanceMs >= MINUTE_MS)).toEqual([]);
    expect(stack.probe.calls.filter(({ now }, index) => now < dues[index]!)).toEqual([]);
  });

  it('never runs twice at once, and makes one run of those missed meanwhile', async () => {
    await using stack = await createStack({ functions: 'timer', env: EVERY_SECOND });
    const end = gate();
    stack.probe.decide(async () => {
      await end.opened;
      return {};
    });
    await stack.host();
    await until('it runs', () => stack.probe.calls.length === 1);
    const startedMs = stack.probe.calls[0]?.now ?? 0;
    await until('two more were due', () => Date.now() > startedMs + 2500);
    expect(stack.probe.calls).toHaveLength(1);
    end.open();
    await until('it runs again', () => stack.probe.calls.length === 2);
    expect((stack.probe.calls[1]?.now ?? 0) - startedMs).toBeGreaterThan(2500);
  });

  it('runs on one of two hosts only; when that one is killed the other takes over', async () => {
    await using stack = await createStack({ functions: 'timer', env: EVERY_SECOND });
    const hosts = await Promise.all([stack.host(), stack.host()]);
    await until('it ran three times', () => stack.probe.calls.length >= 3);
    const pids = new Set(stack.probe.calls.map(({ pid }) => pid));
    expect(pids.size).toBe(1);
    const holder = hosts.find(({ pid }) => pids.has(pid));
    const other = hosts.find(({ pid }) => !pids.has(pid));
    const killedMs = Date.now();
    holder?.kill();
    await until('the other takes over', () => stack.probe.calls.some(({ pid }) => pid === other?.pid));
    // Not before the dead one's lease of 15 s was over, which is renewed every 5 s, and on a busy machine later.
    const takenOverMs = stack.probe.calls.find(({ pid }) => pid === other?.pid)?.now ?? 0;
    expect(takenOverMs - killedMs).toBeGreaterThan(5000);
  });

  it('goes on at once on another host when its own is stopped in order', async () => {
    await using stack = await createStack({ functions: 'timer', env: EVERY_SECOND });
    const first = await stack.host();
    await until('it ran', () => stack.probe.calls.length >= 1);
    const second = await stack.host();
    await first.stop();
    await until('the other takes over', () => stack.probe.calls.some(({ pid }) => pid === second.pid));
    // It need not wait for the end of a lease: whoever is stopped gives it back. Seen where nobody takes it at once.
    const lock = hostsContainer().getBlobClient(`locks/${stack.queue.name}/onTimer`);
    expect((await lock.getProperties()).leaseState).toBe('leased');
    await second.stop();
    expect((await lock.getProperties()).leaseState).toBe('available');
  });

  it('makes up for runs that it missed while no host was up, once, with isPastDue', async () => {
    await using stack = await createStack({ functions: 'timer', env: EVERY_MINUTE_FAST });
    const first = await stack.host();
    await until('it ran', () => stack.probe.calls.length >= 1);
    await first.stop();
    const ranBefore = stack.probe.calls.length;
    const stoppedMs = Date.now();
    await until('two more were due', () => Date.now() > stoppedMs + 4500);
    await stack.host();
    await until('it ran twice more', () => stack.probe.calls.length >= ranBefore + 2);
    const timers = stack.probe.calls.slice(ranBefore).map(({ timer }) => timer as Timer);
    expect(timers[0]?.isPastDue).toBe(true);
    expect(timers[1]?.isPastDue).toBe(false);
  });

  it('runs at the start where the function asks for it', async () => {
    await using stack = await createStack({ functions: 'startupTimer' });
    await stack.host();
    await until('it ran', () => stack.probe.calls.length === 1);
    expect(stack.probe.calls[0]?.['timer']).toMatchObject({ isPastDue: false });
  });

  it('keeps its locks and its last run in the container azure-webjobs-hosts, as Azure does', async () => {
    await using stack = await createStack({ functions: 'timer', env: EVERY_MINUTE_FAST });
    await stack.host();
    await until('it ran', () => stack.probe.calls.length >= 1);
    const names: string[] = [];
    for await (const blob of hostsContainer().listBlobsFlat()) names.push(blob.name);
    expect(names).toEqual(
      expect.arrayContaining([
        `locks/${stack.queue.name}/onTimer`,
        `timers/${stack.queue.name}/onTimer/status`,
      ]),
    );
  });

  it('says that a schedule is not valid, and runs the other functions', async () => {
    await using stack = await createStack({ functions: 'timer,http', env: { SCHEDULE: '99 * * * * *' } });
    const host = await stack.host();
    expect(host.functions.map(({ name }) => name)).toContain('byName');
    expect(host.errors).toEqual([expect.stringContaining('"99" as second')]);
  });
});

function hostsContainer(): ContainerClient {
  return BlobServiceClient.fromConnectionString(inject('azurite')).getContainerClient('azure-webjobs-hosts');
}
