/** What a script goes by; docs/cli.md has the same table (a test compares). */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  wrongState: 4,
  notNow: 5,
  notOver: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES: readonly (readonly [code: ExitCode, meaning: string])[] = [
  [EXIT.ok, 'it went well'],
  [
    EXIT.failed,
    'what was asked about failed: a message that did not reach everybody, health or a check that is failing',
  ],
  [EXIT.usage, 'the command line, or the message, is not valid'],
  [
    EXIT.unreachable,
    'the app cannot be reached, something else answers in its place, or it takes neither the key nor the token',
  ],
  [EXIT.wrongState, 'there is no such thing (any more), or it is not in a state for this'],
  [EXIT.notNow, 'the app cannot do it now (its quota, its configuration, a neighbour of it): the same later'],
  [EXIT.notOver, 'the message is held or scheduled, or was not over in time: it needs a person, or patience'],
  [EXIT.interrupted, 'Ctrl-C'],
];
