import type { Composer } from '../../shared/ports.ts';
import type { Case } from './cases.ts';

export interface Measured {
  readonly perSecond: number;
  /** Of this process, which does nothing else. */
  readonly cpuMs: number;
}

/** The composers take turns, so that whatever else the machine does meets all of them. */
const TURNS = 8;
/** Before the first turn: code is compiled by then. */
const WARM_UP_SHARE = 1 / 4;

export async function measureAll<Name extends string>(
  composers: Readonly<Record<Name, Composer>>,
  { contentOf }: Case,
  seconds: number,
): Promise<Record<Name, Measured>> {
  const names = Object.keys(composers) as Name[];
  const totals = new Map(names.map((name) => [name, { mails: 0, tookMs: 0, cpuMs: 0 }]));
  for (const name of names) await composeFor(composers[name], contentOf, seconds * 1000 * WARM_UP_SHARE);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const name of names) {
      const total = totals.get(name)!;
      const cpuBefore = process.cpuUsage();
      const startedAt = performance.now();
      total.mails += await composeFor(composers[name], contentOf, (seconds * 1000) / TURNS);
      total.tookMs += performance.now() - startedAt;
      const cpu = process.cpuUsage(cpuBefore);
      total.cpuMs += (cpu.user + cpu.system) / 1000;
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const { mails, tookMs, cpuMs } = totals.get(name)!;
      return [name, { perSecond: (mails * 1000) / tookMs, cpuMs: cpuMs / mails }];
    }),
  ) as Record<Name, Measured>;
}

/** At least one mail. Goes through all pieces: what is large is encoded on the way. */
async function composeFor(composer: Composer, contentOf: Case['contentOf'], ms: number): Promise<number> {
  const endsAt = performance.now() + ms;
  let mails = 0;
  do {
    mails += 1;
    const { pieces, sizeBytes } = await composer.compose(contentOf(mails));
    let bytes = 0;
    for (const piece of pieces) bytes += piece.length;
    if (bytes !== sizeBytes) throw new Error(`The mail says ${sizeBytes} bytes and has ${bytes}.`);
  } while (performance.now() < endsAt);
  return mails;
}
