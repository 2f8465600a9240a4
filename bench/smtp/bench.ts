/** `npm run bench -- smtp`: how fast mail goes over a slow line, and what it costs, beside nodemailer's pool and the limit. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureCertificates, type Certificates } from '../../local/certificates.ts';
import { renderIdentity } from '../../shared/adapters/smtp/renderIdentity.ts';
import type { Bench } from '../bench.ts';
import { formatTable, roundFigure } from '../format.ts';
import { startProcess, type RemoteProcess } from '../remoteProcess.ts';
import { IDENTITY, type Contender } from './contender.ts';
import { limitWriter } from './limitWriter.ts';
import type { SinkArgument } from './sinkProcess.ts';
import { parseSmtpOptions, SMTP_USAGE, type SmtpBenchOptions } from './smtpOptions.ts';
import { fast, NODEMAILER_POOL, PLAIN } from './transports.ts';

interface Case {
  readonly roundTripMs: number;
  readonly serverMs: number;
}

interface Measured {
  readonly perSecond: number;
  /** Of this process, which is the client alone. */
  readonly cpuMs: number;
}

/** Connections opened, code compiled, sizes grown. */
const WARM_UP_MS = 700;

/** Each with the limit that it is held against; null: it is the peer, or a limit. */
const CONTENDERS: readonly { readonly contender: Contender; readonly limit: string | null }[] = [
  { contender: NODEMAILER_POOL, limit: null },
  { contender: PLAIN, limit: null },
  { contender: fast(null), limit: 'limit, PIPELINING' },
  { contender: limitWriter(null), limit: null },
  { contender: fast(2), limit: 'limit, BDAT 2' },
  { contender: limitWriter(2), limit: null },
  { contender: fast(8), limit: 'limit, BDAT 8' },
  { contender: limitWriter(8), limit: null },
];

export const bench: Bench = {
  summary: "mails a second and CPU for each, over a slow line: ours, nodemailer's pool, and the limit",
  usage: SMTP_USAGE,
  async run(args, write) {
    const options = parseSmtpOptions(args);
    const folder = await mkdtemp(join(tmpdir(), 'bench-smtp-'));
    const sink = startProcess(new URL('sinkProcess.ts', import.meta.url));
    const figures: Record<string, number> = {};
    try {
      const certificates = await ensureCertificates(folder);
      for (const roundTripMs of options.roundTripsMs) {
        for (const serverMs of options.serversMs) {
          const measured = await measureCase(options, { roundTripMs, serverMs }, sink, certificates);
          for (const line of describeCase(options, { roundTripMs, serverMs }, measured)) write(line);
          for (const [name, { perSecond, cpuMs }] of measured) {
            const key = `${name.replace(/\W+/g, '_')}_rtt${roundTripMs}_server${serverMs}`;
            figures[`${key}_per_second`] = roundFigure(perSecond);
            figures[`${key}_cpu_ms`] = roundFigure(cpuMs);
          }
        }
      }
    } finally {
      await sink.kill();
      await rm(folder, { recursive: true, force: true });
    }
    return { figures, isGood: true };
  },
};

async function measureCase(
  options: SmtpBenchOptions,
  { roundTripMs, serverMs }: Case,
  sink: RemoteProcess,
  { ca, key, cert }: Certificates,
): Promise<Map<string, Measured>> {
  const { connections, seconds } = options;
  const measured = new Map<string, Measured>();
  const recipients = Array.from({ length: options.recipients }, (_, index) => `r${index}@contoso.com`);
  const mail = makeMail(options.bytes);
  for (const { contender } of CONTENDERS) {
    const argument: SinkArgument = { key, cert, extensions: contender.extensions, roundTripMs, serverMs };
    const port = await sink.call<number>('open', argument);
    const runner = await contender.start({ port, ca, connections, recipients, mail });
    await runner.run(until(WARM_UP_MS));
    const startedAt = performance.now();
    const cpuBefore = process.cpuUsage();
    const isOver = until(seconds * 1000);
    let tookMs = 0;
    const sent = await runner.run(() => {
      if (!isOver()) return false;
      tookMs ||= performance.now() - startedAt;
      return true;
    });
    const cpu = process.cpuUsage(cpuBefore);
    await runner.close();
    await sink.call('closeAll');
    const cpuMs = (cpu.user + cpu.system) / 1000 / Math.max(sent, 1);
    measured.set(contender.name, { perSecond: (sent * 1000) / tookMs, cpuMs });
  }
  return measured;
}

function until(ms: number): () => boolean {
  const endsAt = performance.now() + ms;
  return () => performance.now() >= endsAt;
}

function makeMail(sizeBytes: number): Buffer {
  const head = `${renderIdentity(IDENTITY).toString()}Subject: bench\r\n\r\n`;
  const line = `${'x'.repeat(70)}\r\n`;
  const lines = Math.max(Math.ceil((sizeBytes - head.length) / line.length), 1);
  return Buffer.from(head + line.repeat(lines));
}

function describeCase(
  { connections, recipients, bytes }: SmtpBenchOptions,
  { roundTripMs, serverMs }: Case,
  measured: ReadonlyMap<string, Measured>,
): string[] {
  const peer = measured.get(NODEMAILER_POOL.name)!;
  const rows = CONTENDERS.map(({ contender: { name }, limit }) => {
    const { perSecond, cpuMs } = measured.get(name)!;
    const ofLimit =
      limit === null ? '' : `${roundFigure((perSecond * 100) / measured.get(limit)!.perSecond)} %`;
    return [
      name,
      roundFigure(perSecond),
      `${roundFigure(perSecond / peer.perSecond)} ×`,
      ofLimit,
      roundFigure(cpuMs),
      `1/${roundFigure(peer.cpuMs / cpuMs)}`,
    ];
  });
  return [
    `Round trip ${roundTripMs} ms, server ${serverMs} ms; ${connections} connections, ${recipients} recipients, ${bytes} bytes`,
    ...formatTable(['', 'mails/s', 'of the peer', 'of its limit', 'CPU ms/mail', 'of the peer'], rows),
    '',
  ];
}
