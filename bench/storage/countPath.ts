import type { Azurite } from '../../local/azurite.ts';
import { openCountedApp } from './countedApp.ts';
import type { Operations } from './countOperations.ts';
import type { Path } from './paths.ts';

/** Storage operations, for each message; for each delivery where the path has several. */
export interface PathCount {
  readonly path: Path;
  /** What each message needs for itself. */
  readonly own: number;
  /** Leases, and the usage written onto them. */
  readonly quota: number;
  /** What an instance reads and writes by the clock, however many messages there are. */
  readonly shared: number;
  /** The own ones, like `store.insert 1`. */
  readonly detail: string;
  /** In words; none: it costs what is promised. */
  readonly problems: readonly string[];
}

/** By the clock: once a minute, once in ten minutes, at each sweep. */
const SHARED = new Set([
  'rooms.front',
  'rooms.rooms',
  'rooms.walk',
  'queues.frontVisibleSince',
  'store.scanDay',
]);
const SHARED_PORTS = new Set([
  'standings',
  'apps',
  'days',
  'queueGauge',
  'kept',
  'retentionNotes',
  'storageInspector',
]);
/** So many in all may be shared on a way, whatever the number of messages: a sweep and what is read once a minute, twice over. */
const SHARED_AT_MOST = 40;
/** Leases are taken in ever larger blocks; so many operations until then, and for each message after it. */
const QUOTA_AT_MOST = { first: 30, each: 0.02 } as const;

export async function countPath(
  path: Path,
  messages: number,
  storage: Azurite,
  tablePrefix: string,
): Promise<PathCount> {
  const app = await openCountedApp(storage, tablePrefix);
  try {
    const prepare = async (): Promise<string> => (await path.prepare?.(app)) ?? '';
    // It pays for what all share: tables are made, and the instance has what it keeps for a minute.
    await path.run(app, 1, await prepare());
    const prepared = await prepare();
    app.operations();
    await path.run(app, messages, prepared);
    return judge(path, messages, app.operations());
  } finally {
    await app.close();
  }
}

function judge(path: Path, messages: number, operations: Operations): PathCount {
  const units = messages * (path.deliveries ?? 1);
  const sums = { own: 0, quota: 0, shared: 0 };
  const own: string[] = [];
  for (const [name, n] of Object.entries(operations)) {
    const kind = kindOf(name);
    sums[kind] += n;
    if (kind === 'own') own.push(`${name} ${Number((n / units).toFixed(2))}`);
  }
  const problems: string[] = [];
  const expect = (holds: boolean, otherwise: string): void =>
    void (holds || problems.push(`${path.name}: ${otherwise}`));
  const promised = Math.round(path.promised * units);
  expect(
    sums.own === promised,
    `${sums.own} operations for ${messages} messages, docs/architecture.md promises ${promised} (${own.join(', ')})`,
  );
  expect(
    sums.shared <= SHARED_AT_MOST,
    `${sums.shared} shared operations, at most ${SHARED_AT_MOST} are expected`,
  );
  const quotaAtMost = QUOTA_AT_MOST.first + QUOTA_AT_MOST.each * units;
  expect(
    sums.quota <= quotaAtMost,
    `${sums.quota} operations for the quota, at most ${quotaAtMost} are expected`,
  );
  return {
    path,
    own: sums.own / units,
    quota: sums.quota / units,
    shared: sums.shared / units,
    detail: own.join(', '),
    problems,
  };
}

function kindOf(name: string): 'own' | 'quota' | 'shared' {
  const port = name.slice(0, name.indexOf('.'));
  if (port === 'ledger') return 'quota';
  return SHARED.has(name) || SHARED_PORTS.has(port) ? 'shared' : 'own';
}
