/** `npm run bench -- smtp`: how fast mail goes over a slow line, and what it costs, beside nodemailer's pool and the limit. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureCertificates, type Certificates } from '../../local/certificates.ts';
import { WrongUsage, type Bench } from '../bench.ts';
import { missingForPostfix } from '../../test/interop/startPostfix.ts';
import { startProcess, type RemoteProcess } from '../remoteProcess.ts';
import type { Case } from './cases.ts';
import type { Measured, StartArgument } from './clientProcess.ts';
import type { Contender, Target } from './contender.ts';
import { CONTENDERS } from './contenders.ts';
import { describeCase, describeMatrix, figuresOf } from './describeCases.ts';
import { POSTFIX } from './postfixRelay.ts';
import type { SinkArgument } from './sinkProcess.ts';
import { parseSmtpOptions, SMTP_USAGE, type Load, type Pace, type SmtpBenchOptions } from './smtpOptions.ts';

const NO_DELAY: Pace = { roundTripMs: 0, serverMs: 0 };
/** After the pace has changed. */
const SETTLE_CYCLES = 4;
/** For each second of a measurement at least: mails that come in step would else make the rate a matter of luck. */
const CYCLES_PER_SECOND = 20;

export const bench: Bench = {
  summary: "mails a second and CPU for each, over a slow line: ours, nodemailer's pool, and the limit",
  usage: SMTP_USAGE,
  async run(args, write) {
    const options = parseSmtpOptions(args);
    const missing = options.withPostfix ? await missingForPostfix() : null;
    if (missing !== null) throw new WrongUsage(`--postfix: ${missing}.`);
    const folder = await mkdtemp(join(tmpdir(), 'bench-smtp-'));
    const sink = startProcess(new URL('sinkProcess.ts', import.meta.url));
    const cases: Case[] = [];
    try {
      const certificates = await ensureCertificates(folder);
      for (const load of options.loads) {
        const ofLoad = await measureLoad(options, load, sink, certificates);
        cases.push(...ofLoad);
        if (!options.isMatrix) for (const one of ofLoad) describeCase(one).forEach(write);
      }
      if (options.isMatrix) describeMatrix(cases).forEach(write);
    } finally {
      await sink.kill();
      await rm(folder, { recursive: true, force: true });
    }
    return { figures: figuresOf(cases), isGood: true };
  },
};

/** Each contender at every pace, one contender after the other. */
async function measureLoad(
  { composes, paces, seconds, warmUpSeconds, withPostfix }: SmtpBenchOptions,
  load: Load,
  sink: RemoteProcess,
  { ca, key, cert }: Certificates,
): Promise<Case[]> {
  const cases = paces.map((pace) => ({ load, pace, measured: new Map<string, Measured>() }));
  const contenders = [...CONTENDERS.map(({ contender }) => contender), ...(withPostfix ? [POSTFIX] : [])];
  for (const contender of contenders) {
    const { extensions } = contender;
    const port = await sink.call<number>('open', {
      key,
      cert,
      extensions,
      ...NO_DELAY,
    } satisfies SinkArgument);
    const client = await startClient(contender, { ...load, port, ca, composes });
    try {
      // Connections opened, code compiled, sizes grown: nothing of that is of the measurement.
      await client.call('warmUp', warmUpSeconds * 1000);
      for (const { pace, measured } of cases) {
        await sink.call('setPace', pace satisfies Pace);
        // What the slowest needs for a mail.
        const cycleMs = pace.roundTripMs * 3 + pace.serverMs;
        await sleep(cycleMs * SETTLE_CYCLES);
        const measureMs = seconds * Math.max(1000, cycleMs * CYCLES_PER_SECOND);
        const taken = await sink.call<number>('taken');
        const own = await client.call<Measured>('measure', measureMs);
        const cameThrough = (await sink.call<number>('taken')) - taken;
        measured.set(
          contender.name,
          contender.isCountedAtSink === true
            ? { perSecond: (cameThrough * 1000) / measureMs, cpuMs: null }
            : own,
        );
      }
      await client.call('stop');
    } finally {
      await client.kill();
      await sink.call('closeAll');
    }
  }
  return cases;
}

async function startClient({ name }: Contender, target: Target): Promise<RemoteProcess> {
  const client = startProcess(new URL('clientProcess.ts', import.meta.url));
  try {
    await client.call('start', { contender: name, target } satisfies StartArgument);
    return client;
  } catch (error) {
    await client.kill();
    throw error;
  }
}
