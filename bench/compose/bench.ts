/** `npm run bench -- compose`: what making the MIME message costs, beside nodemailer's MailComposer. */
import { makeChance } from '../../shared/adapters/nodePlatform.ts';
import { makeComposer } from '../../shared/adapters/smtp/compose/composer.ts';
import { makeNodemailerComposer } from '../../test/shared/adapters/smtp/compose/nodemailerComposer.ts';
import type { Bench } from '../bench.ts';
import { formatTable, roundFigure } from '../format.ts';
import { makeCases } from './cases.ts';
import { COMPOSE_USAGE, parseComposeOptions } from './composeOptions.ts';
import { measureAll } from './measure.ts';
import { saysTheSame } from './saysTheSame.ts';

export const bench: Bench = {
  summary: "what composing a mail costs, beside nodemailer's MailComposer",
  usage: COMPOSE_USAGE,
  async run(args, write) {
    const { seconds } = parseComposeOptions(args);
    const composers = { ours: makeComposer(makeChance()), nodemailer: makeNodemailerComposer() };
    const figures: Record<string, number> = {};
    const rows: (string | number)[][] = [];
    const different: string[] = [];
    for (const one of makeCases()) {
      const { key, title, contentOf } = one;
      if (!(await saysTheSame(composers.ours, composers.nodemailer, contentOf(0)))) different.push(title);
      const { ours, nodemailer } = await measureAll(composers, one, seconds);
      const times = nodemailer.cpuMs / ours.cpuMs;
      rows.push([
        title,
        roundFigure(ours.perSecond),
        roundFigure(nodemailer.perSecond),
        roundFigure(ours.cpuMs),
        roundFigure(nodemailer.cpuMs),
        `1/${roundFigure(times)}`,
      ]);
      figures[`${key}_per_second`] = roundFigure(ours.perSecond);
      figures[`${key}_cpu_ms`] = roundFigure(ours.cpuMs);
      figures[`${key}_nodemailer_cpu_ms`] = roundFigure(nodemailer.cpuMs);
      figures[`${key}_times`] = roundFigure(times);
    }
    const head = ['a mail of', 'ours/s', 'nodemailer/s', 'ours CPU ms', 'nodemailer CPU ms', 'of nodemailer'];
    for (const line of formatTable(head, rows)) write(line);
    for (const title of different) write(`NOT THE SAME MAIL: ${title}`);
    return { figures, isGood: different.length === 0 };
  },
};
