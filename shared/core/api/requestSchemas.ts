/** What the API takes beside a message, as schemas for the OpenAPI document. What handlers make of it is in their own words. */
import { z } from 'zod';
import { DEAD_LETTER_REASONS } from '../deadLetterView.ts';

/** The shape of a message is messageSchema.ts's; this is only where it goes. */
export const MESSAGE_COMPONENT = 'Message';

export const pauseRequest = z
  .strictObject({
    reason: z
      .string()
      .max(255)
      .nullish()
      .meta({ description: 'Why, on one line; everybody who asks for the accounts reads it.' }),
  })
  .meta({ id: 'PauseRequest' });

export const redriveRequest = z
  .strictObject({
    ids: z.array(z.string()).max(500).nullish().meta({
      description: 'Dead letters, or messages: then all of one that was given up. Either this or filter.',
    }),
    filter: z
      .strictObject({
        day: z.string().nullish().meta({ format: 'date', description: 'The UTC day of the messages.' }),
        reason: z
          .string()
          .nullish()
          .meta({ enum: [...DEAD_LETTER_REASONS, null], description: 'Why they were given up.' }),
        app: z.string().nullish().meta({ description: 'The app.' }),
      })
      .nullish()
      .meta({ description: 'Which ones; {} means all.' }),
    dryRun: z.boolean().nullish().meta({ description: 'Only says how many that would be.' }),
    cursor: z.string().nullish().meta({ description: 'Of the answer before, with the same filter.' }),
  })
  .meta({ id: 'RedriveRequest' });

export const eraseRequest = z
  .strictObject({
    address: z.string().meta({ description: 'One e-mail address, without a name.' }),
  })
  .meta({ id: 'EraseRequest' });

export const appRequest = z
  .strictObject({
    name: z.string().nullish().meta({ description: 'The name of the path, or none.' }),
    accounts: z
      .array(z.string())
      .min(1)
      .nullish()
      .meta({ description: 'Sender accounts and pools it may name, the default first; null: all.' }),
    quotaPerDay: z.number().nullish().meta({
      description: 'Its recipients in a window at the most, a whole number; null: no limit of its own.',
    }),
    highestPriority: z
      .string()
      .nullish()
      .meta({
        enum: ['critical', 'normal', 'bulk', null],
        description: 'A more urgent message is sent at this priority; null: no bound.',
      }),
  })
  .meta({ id: 'AppRequest' });
