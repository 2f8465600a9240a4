/** What the API answers about its health, as a schema. */
import { z } from 'zod';
import { text, textOrNull } from './answerFields.ts';

const healthStatus = z.enum(['ok', 'degraded', 'failing']);

export const health = z
  .object({
    status: healthStatus.meta({ description: 'degraded: some mail waits; failing: none goes.' }),
    checks: z.array(
      z.object({
        name: text('What was looked at.'),
        status: healthStatus,
        cause: textOrNull('What is wrong.'),
        remedy: textOrNull('Who must act, and how.'),
        detail: z.string().optional().meta({ description: 'What was found, where that is worth a word.' }),
        command: z.string().optional().meta({
          description: 'What an operator can run to see or mend it; words in capitals are to be filled in.',
        }),
      }),
    ),
    askedAt: z.string().optional().meta({
      format: 'date-time',
      description:
        'When the neighbours were asked; only of a deep look, which they answer once a minute at most.',
    }),
  })
  .meta({ id: 'Health', description: 'Whether mail goes, and if not, why.' });
