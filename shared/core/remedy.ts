/** Who must act on a remedy (pure). The tables of replies and the flows write remedies; these are the words they have in common. */

/** `app`: whoever runs the app that sends; `operator`: whoever runs this mailer and its tenant. */
export type Actor = 'nobody' | 'app' | 'operator';

/** `none: …`, where nobody has to do anything, or only time cures it. */
export function needsNobody(remedy: string): boolean {
  return /^none(?::|$)/.test(remedy) || remedy.endsWith('it goes on by itself');
}

/** What only the app can do: it chose the recipients, the content and the time. */
const OF_THE_APP: readonly RegExp[] = [
  /^(?:check|correct) the address/,
  /^correct the (?:message|app that sends it|producer)/,
  /^make the message smaller/,
  /^send it (?:again|another way)/,
  /^send the message again/,
  /^redrive it, if it should still go/,
  /^take the blocked recipient out/,
  /^put it back, then redrive the message/,
];

/** What no row above knows is the operator's. */
export function actorOf(remedy: string): Actor {
  if (needsNobody(remedy)) return 'nobody';
  return OF_THE_APP.some((words) => words.test(remedy)) ? 'app' : 'operator';
}
