/**
 * The log lines that something outside waits for: the alerts and the workbook in infra/ ask for them by these names.
 *
 * A signal is an ordinary log line whose fields begin with `signal`: `log('warn', text, { signal: 'deadLetter', … })` ends up
 * in Application Insights as `text {"signal":"deadLetter",…}`, and that beginning is what a query looks for. So `signal` comes
 * first, and a value is a text, a number or null, nothing nested. No address of a recipient, no subject.
 *
 * What happens twice is written twice: queries ask whether, how much at most, or how many at least.
 */

/** The name of each signal, and its fields beside `signal` in the order they are written. */
export const SIGNALS = {
  /** A sweep ended well. Every minute. Its absence for 15 minutes is an alert. */
  heartbeat: [],
  /** A delivery or an item of the outbox was given up. Once for each dead letter that stays. */
  deadLetter: ['messageId', 'delivery', 'app', 'reason'],
  /**
   * `standing` (an account's address, `tenant` or `external`) sends nothing: stopped by a `reply` or a `person`, since `since`
   * (ISO 8601). With every sweep for as long as it lasts, so that the alert ends by itself when it is over.
   */
  paused: ['standing', 'stoppedBy', 'since', 'cause'],
  /** A queue whose name ends in -poison holds messages: never by design. Every five minutes while it does. */
  poison: ['queue', 'messages'],
  /** An attempt on a delivery was recorded: recipients by their status. Once for each, for the workbook. */
  outcome: [
    'messageId',
    'delivery',
    'attempt',
    'status',
    'app',
    'accepted',
    'failed',
    'unknown',
    'waiting',
    'room',
  ],
  /** Something that cannot be by design: report it. */
  defect: ['what'],
  /** A `part` of what retention removes could not be seen to: it stays on record for an hour more. Each hour while that is so. */
  retention: ['part'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SignalName = keyof typeof SIGNALS;

/** The fields of a log line that is a signal. Write `signal` first: queries look for the line's JSON by its beginning. */
export type Signal<Name extends SignalName> = { readonly signal: Name } & {
  readonly [Field in (typeof SIGNALS)[Name][number]]: string | number | null;
};
