/** `npm run bench -- e2e`: the whole path from an item of the outbox to the mail and its record, beside a plain sample. */
import type { Bench } from '../bench.ts';
import { formatTable, roundFigure } from '../format.ts';
import { startProcess, type RemoteProcess } from '../remoteProcess.ts';
import type { LoadArgument, Ran, RunArgument } from './appProcess.ts';
import { ourContender, SAMPLE, type Contender } from './contenders.ts';
import { E2E_USAGE, parseE2eOptions, type E2eOptions } from './e2eOptions.ts';
import { ACCOUNT, DOMAIN, startNeighbours, type Azure, type Neighbours } from './neighbours.ts';

interface Case {
  readonly recipients: number;
  readonly azureRoundTripMs: number;
}

/** Of one contender in one case. */
interface Measured {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly operations: number;
  readonly keyVaultCalls: number;
  readonly thrown: number;
}

/** Nobody reaches it; a limit there is, so that what it costs to keep one is in the figures. */
const RECIPIENTS_PER_DAY = 100_000_000;
/** What is promised of the fast transport, as parts of the sample. On a busy machine the first says little. */
const MARKS = { perSecond: 5, operations: 1 / 2, keyVaultCalls: 1 / 10 } as const;

export const bench: Bench = {
  summary:
    'from the outbox to the mail and its record, beside a plain sample: messages a second, CPU, operations',
  usage: E2E_USAGE,
  async run(args, write) {
    const options = parseE2eOptions(args);
    const contenders = [SAMPLE, ...options.ways.map(ourContender)];
    const neighbours = await startNeighbours(options.server);
    const figures: Record<string, number> = {};
    const problems: string[] = [];
    try {
      for (const azureRoundTripMs of options.azureRoundTripsMs) {
        const apps = await startApps(contenders, options, azureRoundTripMs, neighbours);
        try {
          for (const recipients of options.recipients) {
            const one: Case = { recipients, azureRoundTripMs };
            const measured = await measureCase(options, one, apps, neighbours, problems);
            for (const line of describeCase(options, one, measured)) write(line);
            Object.assign(figures, figuresOf(one, measured));
          }
          await Promise.all([...apps.values()].map((app) => app.call('close')));
        } finally {
          await Promise.all([...apps.values()].map((app) => app.kill()));
        }
      }
    } finally {
      await neighbours.stop();
    }
    for (const problem of problems) write(`FAIL: ${problem}`);
    return { figures, isGood: problems.length === 0 };
  },
};

type Apps = ReadonlyMap<Contender, RemoteProcess>;

/** Each with tables of its own. */
async function startApps(
  contenders: readonly Contender[],
  options: E2eOptions,
  azureRoundTripMs: number,
  neighbours: Neighbours,
): Promise<Apps> {
  const azure = await neighbours.azure(azureRoundTripMs);
  const apps = new Map<Contender, RemoteProcess>();
  for (const contender of contenders) {
    const smtpPort = await neighbours.mailServer(contender.extensions, options.roundTripMs);
    const tablePrefix = `${contender.key}${azureRoundTripMs}x`;
    const env = { ...settingsOf(azure, smtpPort, tablePrefix, options, neighbours), ...contender.settings };
    await neighbours.makeTable(env['SAMPLE_TABLE']!);
    const app = startProcess(new URL('appProcess.ts', import.meta.url), env);
    apps.set(contender, app);
    const { storagePorts, keyVaultPort } = azure;
    const { clockOffsetMs } = neighbours;
    await app.call('load', {
      entry: contender.entry,
      storagePorts,
      keyVaultPort,
      clockOffsetMs,
    } satisfies LoadArgument);
  }
  return apps;
}

function settingsOf(
  azure: Azure,
  smtpPort: number,
  tablePrefix: string,
  { connections }: E2eOptions,
  { caFile, identity }: Neighbours,
): Record<string, string> {
  const { address, secret } = ACCOUNT;
  return {
    ...identity,
    NODE_EXTRA_CA_CERTS: caFile,
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    HVE_STORAGE: azure.connectionString,
    HVE_TABLE_PREFIX: tablePrefix,
    HVE_KEY_VAULT_URI: `https://127.0.0.1:${azure.keyVaultPort}`,
    HVE_SMTP_HOST: '127.0.0.1',
    HVE_SMTP_PORT: String(smtpPort),
    HVE_SMTP_CA_FILE: caFile,
    HVE_CONNECTIONS_PER_ACCOUNT: String(connections),
    HVE_INTERNAL_DOMAINS: DOMAIN,
    HVE_EHLO_NAME: `mailer.${DOMAIN}`,
    // As where telemetry is exported: no line for each message.
    HVE_LOG_DETAILS: 'off',
    HVE_ACCOUNTS: JSON.stringify([{ address, secret }]),
    HVE_LIMIT_RECIPIENTS_PER_DAY: String(RECIPIENTS_PER_DAY),
    SAMPLE_ACCOUNT: address,
    SAMPLE_SECRET: secret,
    SAMPLE_TABLE: `${tablePrefix}counters`,
  };
}

async function measureCase(
  { seconds, warmUpSeconds, rounds, atOnce, bytes }: E2eOptions,
  { recipients }: Case,
  apps: Apps,
  neighbours: Neighbours,
  problems: string[],
): Promise<ReadonlyMap<Contender, Measured>> {
  const text = makeItem(recipients, bytes);
  const all = new Map<Contender, Ran[]>();
  for (const [contender, app] of apps) {
    all.set(contender, []);
    // Code compiled, connections opened, leases taken.
    await app.call<Ran>('run', { text, atOnce, forMs: warmUpSeconds * 1000 } satisfies RunArgument);
  }
  for (let round = 0; round < rounds; round++) {
    for (const [contender, app] of apps) {
      const before = await neighbours.taken();
      const ran = await app.call<Ran>('run', { text, atOnce, forMs: seconds * 1000 } satisfies RunArgument);
      const taken = (await neighbours.taken()) - before;
      if (taken !== ran.completed) problems.push(`${contender.name}: ${ran.completed} items, ${taken} mails`);
      // The sample gives up where its counter is too busy.
      if (contender !== SAMPLE && ran.firstError !== null)
        problems.push(`${contender.name}: ${ran.firstError}`);
      all.get(contender)!.push(ran);
    }
  }
  return new Map([...all].map(([contender, runs]) => [contender, summarize(runs, seconds)]));
}

function makeItem(recipients: number, bytes: number): string {
  const line = 'The quick brown fox jumps over the lazy dog, and over all the others too.\n';
  return JSON.stringify({
    to: Array.from({ length: recipients }, (_, n) => `person.${n}@${DOMAIN}`),
    subject: 'Your payslip of this month',
    text: line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes),
  });
}

function summarize(runs: readonly Ran[], seconds: number): Measured {
  const sum = (valueOf: (run: Ran) => number): number => runs.reduce((total, run) => total + valueOf(run), 0);
  const completed = sum((run) => run.completed);
  return {
    perSecond: sum((run) => run.inTime) / (runs.length * seconds),
    cpuMs: sum((run) => run.cpuMs) / completed,
    operations: sum((run) => run.storageOperations) / completed,
    keyVaultCalls: sum((run) => run.keyVaultCalls) / completed,
    thrown: sum((run) => run.thrown),
  };
}

function describeCase(
  { atOnce, roundTripMs, server }: E2eOptions,
  { recipients, azureRoundTripMs }: Case,
  measured: ReadonlyMap<Contender, Measured>,
): string[] {
  const peer = measured.get(SAMPLE)!;
  const rows = [...measured].map(([{ name }, { perSecond, cpuMs, operations, keyVaultCalls, thrown }]) => [
    name,
    roundFigure(perSecond),
    `${roundFigure(perSecond / peer.perSecond)} ×`,
    roundFigure(cpuMs),
    roundFigure(operations),
    `${roundFigure((operations * 100) / peer.operations)} %`,
    roundFigure(keyVaultCalls),
    thrown,
  ]);
  const head = [
    '',
    'messages/s',
    'of the sample',
    'CPU ms',
    'storage operations',
    'of the sample',
    'Key Vault calls',
    'thrown',
  ];
  return [
    `${recipients} recipients, ${atOnce} at once; ${roundTripMs} ms to the ${server}, ${azureRoundTripMs} ms to Storage and Key Vault`,
    ...formatTable(head, rows),
    ...[...measured].filter(([{ key }]) => key === 'bdat').map(([, best]) => wordsOn(best, peer)),
    '',
  ];
}

function wordsOn(best: Measured, peer: Measured): string {
  const holds = (isSo: boolean): string => (isSo ? 'holds' : 'does not hold');
  const perSecond = best.perSecond >= MARKS.perSecond * peer.perSecond;
  const operations = best.operations <= MARKS.operations * peer.operations;
  const keyVaultCalls = best.keyVaultCalls <= MARKS.keyVaultCalls * peer.keyVaultCalls;
  return [
    `BDAT: at least ${MARKS.perSecond} times the messages: ${holds(perSecond)}`,
    `at most ${MARKS.operations} of the operations: ${holds(operations)}`,
    `at most ${MARKS.keyVaultCalls} of the Key Vault calls: ${holds(keyVaultCalls)}`,
  ].join('; ');
}

function figuresOf(
  { recipients, azureRoundTripMs }: Case,
  measured: ReadonlyMap<Contender, Measured>,
): Record<string, number> {
  const peer = measured.get(SAMPLE)!;
  const figures: Record<string, number> = {};
  for (const [{ key }, { perSecond, cpuMs, operations, keyVaultCalls }] of measured) {
    const name = `${key}_to${recipients}_azure${azureRoundTripMs}`;
    figures[`${name}_per_second`] = roundFigure(perSecond);
    figures[`${name}_times`] = roundFigure(perSecond / peer.perSecond);
    figures[`${name}_cpu_ms`] = roundFigure(cpuMs);
    figures[`${name}_operations`] = roundFigure(operations);
    figures[`${name}_key_vault_calls`] = roundFigure(keyVaultCalls);
  }
  return figures;
}
