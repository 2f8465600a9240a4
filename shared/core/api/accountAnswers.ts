/** What the API answers about sender accounts and apps, as schemas. */
import { z } from 'zod';
import { count, instantOrNull, text, textOrNull } from './answerFields.ts';

export const account = z
  .object({
    address: text('The sender account.'),
    status: z.enum(['active', 'throttled', 'paused']).meta({ description: 'Whether mail goes through it.' }),
    by: z
      .enum(['reply', 'person'])
      .nullable()
      .meta({ description: 'What stopped it; where both did, the person.' }),
    until: instantOrNull('When it is probed next; null where it does not go on by itself.'),
    cause: textOrNull('Why it does not go.'),
    remedy: textOrNull('Who must act, and how.'),
    pool: textOrNull('The pool it belongs to.'),
    waiting: count('Recipients in its room.'),
  })
  .meta({ id: 'Account', description: 'A sender account and whether its mail goes.' });

export const accountList = z
  .object({ items: z.array(account) })
  .meta({ id: 'AccountList', description: 'The sender accounts, in the order of the settings.' });

export const app = z
  .object({
    name: text('In lower case.'),
    accounts: z
      .array(z.string())
      .nullable()
      .meta({ description: 'Sender accounts and pools it may name, the default first; null: all.' }),
    quotaPerDay: z
      .number()
      .nullable()
      .meta({ description: 'Its recipients in a window at the most; null: no limit of its own.' }),
    highestPriority: z
      .enum(['critical', 'normal', 'bulk'])
      .nullable()
      .meta({ description: 'A more urgent message is sent at this priority; null: no bound.' }),
  })
  .meta({ id: 'App', description: 'What is laid down for an app.' });
