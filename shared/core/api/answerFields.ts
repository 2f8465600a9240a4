/**
 * The kinds of fields that the schemas of answers are made of. Those schemas (`…Answers.ts`) make the OpenAPI document, and a test of types
 * holds each equal to the view that a handler answers with. One with an `id` is a component of the document. Pure.
 */
import { z } from 'zod';
import { STATUSES } from '../status.ts';

export const text = (description: string) => z.string().meta({ description });

export const textOrNull = (description: string) => z.string().nullable().meta({ description });

export const count = (description: string) => z.int().min(0).meta({ description });

export const countOrNull = (description: string) =>
  z
    .int()
    .min(0)
    .nullable()
    .meta({ description: `${description} Null: not noted.` });

export const instant = (description: string) => z.string().meta({ format: 'date-time', description });

export const instantOrNull = (description: string) =>
  z.string().nullable().meta({ format: 'date-time', description });

export const day = (description: string) =>
  z.string().meta({ format: 'date', description, examples: ['2026-11-24'] });

export const messageId = z.string().meta({
  description: 'The id of a message: 26 characters, sortable by time.',
  examples: ['01M89BK1XJ1ABV92TDFKW3XZEE'],
});

export const word = (words: readonly string[], description: string) =>
  z.string().meta({ enum: [...words], description });

export const status = z.enum(STATUSES).meta({
  id: 'Status',
  description:
    'queued and sending: on its way; scheduled: waits for its sendAt; deferred: waits in a room and goes on by itself; held: waits for a person; all others are final.',
});

export const cursor = z.string().optional().meta({
  description:
    'Where the next page begins; it may come with fewer items than were asked for. Absent: this was the last.',
});
