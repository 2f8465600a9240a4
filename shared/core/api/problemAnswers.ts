/** An error of the API, as a schema. */
import { z } from 'zod';
import { text } from './answerFields.ts';

export const problemItem = z
  .object({
    pointer: text(
      'A JSON pointer (RFC 6901) into the body, or `/` and the name of a parameter; empty: the whole.',
    ),
    code: text('docs/message.md lists them; `invalid_parameter` for parameters and small bodies.'),
    detail: text('What was expected, what came, what to do.'),
  })
  .meta({ id: 'ProblemItem', description: 'One thing that is wrong.' });

/** RFC 9457. */
export const problemDetails = z
  .object({
    type: text('Always about:blank: `code` tells the kind.'),
    status: z.int().meta({ description: 'The HTTP status.' }),
    code: text('What kind of error; docs/api.md lists them.'),
    title: text('The kind in words.'),
    detail: text('What happened, to which message, what to do.'),
    errors: z.array(problemItem).meta({ description: 'Every single problem; may be empty.' }),
  })
  .meta({ id: 'Problem', description: 'An error (RFC 9457).' });
