import { z } from 'zod';
import { FAULT_STAGES, type FaultRequest } from './faults.ts';
import type { ProblemItem } from './problem.ts';

/** RFC 5321 section 4.5.3.1.5: a reply line has at most 512 octets with its CRLF. */
const MAX_REPLY_CHARACTERS = 510;
/** One line of printable ASCII, so that nothing but the reply can get on the wire. */
const REPLY = /^[45][0-9]{2}( [\x20-\x7e]*)?$/;

const expectedReply =
  'must be "drop", "stall" or one reply line, 4xx or 5xx, like "451 4.7.500 Access denied"';
const expectedStage = `must be one of ${FAULT_STAGES.join(', ')}`;

const schema = z
  .strictObject({
    reply: z
      .string(expectedReply)
      .max(MAX_REPLY_CHARACTERS, `may have at most ${MAX_REPLY_CHARACTERS} characters`)
      .refine((reply) => reply === 'drop' || reply === 'stall' || REPLY.test(reply), expectedReply),
    stage: z.enum(FAULT_STAGES, expectedStage),
    share: z
      .number('must be a number above 0 and at most 1')
      .gt(0, 'must be above 0: clear the fault instead')
      .max(1, 'must be at most 1')
      .optional(),
    count: z
      .int('must be a whole number of at least 1')
      .min(1, 'must be at least 1: clear the fault instead')
      .optional(),
    address: z
      .string('must be an e-mail address')
      .regex(/^[^\s@<>]+@[^\s@<>]+$/, 'must be an e-mail address')
      .optional(),
  })
  .check((context) => {
    if (context.value.stage === 'connect' && context.value.address !== undefined) {
      context.issues.push({
        code: 'custom',
        path: ['address'],
        message: 'has no meaning at stage connect: nobody has said who they are yet',
        input: context.value.address,
      });
    }
  });

export type ParsedFaultRequest =
  | { readonly fault: FaultRequest }
  | { readonly problems: readonly ProblemItem[] };

/** The fault that a body of `POST /faults` asks for, or everything that is wrong with it. */
export function parseFaultRequest(body: string): ParsedFaultRequest {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return {
      problems: [{ pointer: '', code: 'not-json', detail: `The body is not JSON: ${String(error)}` }],
    };
  }
  const result = schema.safeParse(json);
  return result.success ? { fault: result.data } : { problems: result.error.issues.flatMap(problemsOf) };
}

function problemsOf(issue: z.core.$ZodIssue): ProblemItem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: `/${key}`,
      code: 'unknown-field',
      detail: `${key} is no field of a fault: it has reply, stage, share, count and address`,
    }));
  }
  const pointer = issue.path.map((part) => `/${String(part)}`).join('');
  if (pointer === '') {
    return [
      {
        pointer,
        code: 'invalid',
        detail: 'The body must be an object like {"reply":"drop","stage":"data"}',
      },
    ];
  }
  return [{ pointer, code: 'invalid', detail: `${pointer.slice(1)} ${issue.message}` }];
}
