/** What the API answers about the usage, as schemas. */
import { z } from 'zod';
import { count, countOrNull, cursor, day, instant, instantOrNull, text } from './answerFields.ts';

const byHour = (description: string) => z.array(z.int().min(0)).meta({ description });

const limit = z.number().nullable().meta({ description: 'Recipients; null: none.' });

const cost = z
  .object({
    currency: z.literal('USD'),
    amount: z.number().meta({ description: 'By the price of the profile.' }),
  })
  .meta({ id: 'Cost', description: 'What High Volume Email charges.' });

const scopeName = text('tenant, external, account:ADDRESS or app:NAME.');

export const usage = z
  .object({
    window: z.object({
      kind: z.enum(['calendar', 'rolling']),
      day: day('Today in the zone.'),
      timeZone: text('An IANA zone.'),
      startsAt: instant('When the first hour of `byHour` began.'),
      endsAt: instant("When something becomes free by itself: the day's end, or the current hour's."),
    }),
    scopes: z.array(
      z.object({
        scope: scopeName,
        limit,
        used: count('Recipients spent.'),
        leased: count('Recipients that instances hold and have not spent.'),
        remaining: z.number().nullable().meta({ description: 'What nobody holds; null: no limit.' }),
        waiting: count("Recipients in the scope's room."),
        byHour: byHour('`used` by the hours of the window, the current one last.'),
        forecast: z.object({
          reachedAt: instantOrNull('When the limit will be reached; null: not in this window.'),
        }),
      }),
    ),
    cost,
  })
  .meta({ id: 'Usage', description: 'The open window, by scope.' });

const pastDayFields = {
  day: day('In the zone.'),
  timeZone: text('The zone of the day.'),
  closedAt: instant('When the report was made.'),
  messages: count('Accepted on that day.'),
  accepted: count('Recipients who accepted.'),
  unknownSpends: count('Of spends whose outcome was unknown.'),
  cost,
};

export const closedDay = z
  .object({
    ...pastDayFields,
    byStatus: z.record(z.string(), z.number()).meta({ description: 'Messages by status.' }),
    scopes: z.array(
      z.object({
        scope: scopeName,
        limit,
        used: count('Recipients by the record.'),
        ledger: z
          .number()
          .nullable()
          .meta({ description: 'The same by the ledger; null: closed too late to compare.' }),
        byHour: byHour('From midnight on; null: not noted.').nullable(),
      }),
    ),
    failed: countOrNull('Recipients refused for good.'),
    unknown: countOrNull('Recipients whose outcome is unknown.'),
    held: countOrNull('Recipients of messages that wait for a person.'),
    failures: z
      .object({
        causes: z.array(
          z.object({
            cause: text('Why.'),
            remedy: text('What to do.'),
            whoActs: z.enum(['nobody', 'app', 'operator']).meta({ description: 'Who must.' }),
            recipients: count('How many; 0: the messages were refused before they had any.'),
            messages: count('Of so many messages.'),
            apps: z.array(z.string()).meta({ description: 'Some of the apps, the most recipients first.' }),
            moreApps: count('How many more there are.'),
          }),
        ),
        others: z.object({ recipients: count('Of all other causes.'), messages: count('Likewise.') }),
      })
      .nullable()
      .meta({ description: 'By cause, rejected messages included; null: not noted.' }),
    apps: z
      .array(
        z.object({
          app: text('The app.'),
          messages: count('Accepted from it.'),
          accepted: count('Recipients.'),
          failed: count('Recipients.'),
          unknown: count('Recipients.'),
        }),
      )
      .nullable()
      .meta({ description: 'The most recipients first; null: not noted.' }),
  })
  .meta({ id: 'ClosedDay', description: 'The report of a day that was closed.' });

export const usageHistory = z
  .object({
    items: z.array(
      z.object({
        ...pastDayFields,
        scopes: z.array(z.object({ scope: scopeName, limit, used: count('Recipients.') })),
      }),
    ),
    cursor,
  })
  .meta({ id: 'UsageHistory', description: 'Closed days, the newest first.' });
