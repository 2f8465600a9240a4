import { EXIT, type ExitCode } from './exitCodes.ts';

const FAILED: ReadonlySet<string> = new Set(['failed', 'partially_sent', 'expired', 'rejected', 'canceled']);

/** What a message's status means to a script. */
export function exitCodeOfStatus(status: string): ExitCode {
  if (status === 'sent' || status === 'captured') return EXIT.ok;
  return FAILED.has(status) ? EXIT.failed : EXIT.notOver;
}

/** Nothing more comes of it by itself, or not soon: final, held or scheduled. */
export function isOver(status: string): boolean {
  return exitCodeOfStatus(status) !== EXIT.notOver || status === 'held' || status === 'scheduled';
}
