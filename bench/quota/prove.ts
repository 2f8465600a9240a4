/**
 * The multi-process proof: more mail than the limits allow, through several mailers over one storage, some of which are
 * killed in the middle of a transaction. Swept until nothing changes, then filled up, the limits are used to the last
 * recipient, and never one more. The servers count for themselves (acceptedFile.ts).
 *
 *   load, kills ─► until all is still ─► external fillers ─► still ─► internal fillers ─► still ─► count
 *
 * The last part of each limit is for critical mail, which only the fillers are: as much of the tenant's as there are external
 * recipients, so that every external filler has room, whoever of the others was quicker.
 */
import { QueueServiceClient } from '@azure/storage-queue';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeDurations } from '../../shared/core/durations.ts';
import { makeMessageId, utcDay } from '../../shared/core/messageId.ts';
import { QUEUES } from '../../shared/core/storageNames.ts';
import type { Ports } from '../../shared/ports.ts';
import { connectPorts } from '../../shared/wiring.ts';
import { startStorage } from '../startStorage.ts';
import type { AcceptedRecipient } from './acceptedFile.ts';
import { readAcceptedFile } from './acceptedFile.ts';
import type { ProofFacts } from './judgeProof.ts';
import type { MailerCrowd } from './mailerCrowd.ts';
import { startMailers } from './mailerCrowd.ts';
import type { LoadLimits, Submission } from './planLoad.ts';
import { LIMITED_APP, limitOfApp, planFillers, planLoad } from './planLoad.ts';
import type { Place } from './quotaSettings.ts';
import { makeQuotaRules } from './quotaSettings.ts';
import { readRecord } from './readRecord.ts';
import { untilStill } from './untilStill.ts';
import { takenOf, watchLedger } from './watchLedger.ts';

export interface ProofOptions {
  readonly processes: number;
  /** So many of them are killed while they spend: fewer than there are. */
  readonly kills: number;
  readonly limits: LoadLimits;
  readonly seed: number;
  /** By what all durations of the app are divided. */
  readonly timeScale: number;
  readonly write: (line: string) => void;
}

const SWEEP_EVERY_MS = 60_000;
/** More fillers than fit, so that it is the limit that ends it. */
const FILLERS_TOO_MANY = 20;
/** When its servers have accepted so much of its share of the limit the first one is killed; then the last one. */
const KILLS_BETWEEN = [0.2, 0.6] as const;

export async function prove(options: ProofOptions): Promise<ProofFacts> {
  const { processes, limits, seed, timeScale, write } = options;
  const storage = await startStorage();
  const folder = await mkdtemp(join(tmpdir(), 'hve-bench-'));
  let crowd: MailerCrowd | null = null;
  try {
    const place = placeOf(storage.connectionString, options);
    const ports = await openPlace(place, limits);
    const paths = Array.from({ length: processes }, (_, n) => join(folder, `accepted-${n + 1}`));
    await Promise.all(paths.map((path) => writeFile(path, '')));
    const readAccepted = (): AcceptedRecipient[] => paths.flatMap((path) => readAcceptedFile(path));

    crowd = await startMailers({
      mailers: paths.map((acceptedPath) => ({ place, acceptedPath })),
      newId: () => makeMessageId(ports.clock.now(), randomBytes(10)),
    });
    const watch = watchLedger({
      ledger: ports.ledger,
      limits: {
        tenant: limits.recipients,
        external: limits.external,
        [`app:${LIMITED_APP}`]: limitOfApp(limits),
      },
      countAccepted: readAccepted,
    });
    await spend(crowd, planLoad(limits, seed), options);
    await fillUp({ crowd, ports, limits, timeScale, readAccepted, write });
    await pause(makeDurations(timeScale).usageMemory);
    const told = await crowd.usage();
    await crowd.close();
    const ledger = await ports.ledger.read();
    return {
      limits,
      kills: options.kills,
      accepted: readAccepted(),
      used: takenOf(ledger),
      told,
      leases: ledger.leases.length,
      record: await readRecord(ports.store, utcDay(ports.clock.now())),
      watch: await watch.end(),
    };
  } finally {
    await crowd?.end();
    await storage.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function placeOf(connectionString: string, { limits, timeScale }: ProofOptions): Place {
  const { recipients, external } = limits;
  return {
    connectionString,
    tablePrefix: 'proof',
    settings: {
      HVE_LOCAL_TIME_SCALE: String(timeScale),
      HVE_LIMIT_RECIPIENTS_PER_DAY: String(recipients),
      HVE_LIMIT_EXTERNAL_PER_DAY: String(external),
      HVE_RESERVE_CRITICAL_PERCENT: String(Math.ceil((external * 100) / recipients)),
    },
  };
}

/** The ports that the proof itself looks through, once what the mailers need is there. */
async function openPlace(place: Place, limits: LoadLimits): Promise<Ports> {
  const { ports, primeClock } = connectPorts(makeQuotaRules(place), () => undefined);
  await primeClock();
  const queues = QueueServiceClient.fromConnectionString(place.connectionString);
  for (const name of [QUEUES.deliveries, QUEUES.bulk]) await queues.getQueueClient(name).createIfNotExists();
  await ports.apps.write({
    name: LIMITED_APP,
    accounts: null,
    quotaPerDay: limitOfApp(limits),
    highestPriority: null,
  });
  return ports;
}

/** Hands in the load, sweeps meanwhile, and kills some on the way. */
async function spend(
  crowd: MailerCrowd,
  load: readonly Submission[],
  { processes, kills, limits, timeScale, write }: ProofOptions,
): Promise<void> {
  const [first, last] = KILLS_BETWEEN;
  const share = limits.recipients / processes;
  let taken = 0;
  const over = new AbortController();
  const sweeping = (async () => {
    while (!over.signal.aborted) {
      await pause(SWEEP_EVERY_MS / timeScale);
      // A part that fails is tried again by the next sweep; what never succeeds is never still.
      await crowd.sweep().catch(() => undefined);
    }
  })();
  try {
    const handedIn = crowd.submitAll(load, ({ recipients }) => void (taken += recipients));
    const killing = Array.from({ length: kills }, async (_, n) => {
      const after = share * (first + ((last - first) * n) / Math.max(1, kills - 1));
      const inTransaction = await crowd.killOne(after, handedIn);
      write(
        `killed one ${inTransaction ? 'in a transaction' : 'that had no mail left'}, ${taken} recipients were handed in`,
      );
    });
    await Promise.all([handedIn, ...killing]);
  } finally {
    over.abort();
  }
  await sweeping;
  write(`${load.length} messages to ${taken} recipients are handed in`);
}

/** Sweeps until nothing changes, and lets critical mail use up what the load left: the external limit first. */
async function fillUp(deps: {
  crowd: MailerCrowd;
  ports: Ports;
  limits: LoadLimits;
  timeScale: number;
  readAccepted: () => readonly AcceptedRecipient[];
  write: (line: string) => void;
}): Promise<void> {
  const { crowd, limits, readAccepted, write } = deps;
  for (const kind of ['external', 'internal'] as const) {
    const taken = await untilStill(deps);
    const used = { recipients: taken['tenant'] ?? 0, external: taken['external'] ?? 0 };
    write(
      `still: ${used.recipients} of ${limits.recipients} are used, ${used.external} of ${limits.external} external, ${readAccepted().length} accepted`,
    );
    const left = kind === 'external' ? limits.external - used.external : limits.recipients - used.recipients;
    await crowd.submitAll(planFillers(left + FILLERS_TOO_MANY, kind));
  }
  await untilStill(deps);
}
