import type { RecipientResult } from '../../../../../shared/ports.ts';
import type { Said } from './moodyServer.ts';
import type { Run, Told } from './moodyRun.ts';

/**
 * Where what the client says and what the servers saw do not go together:
 *
 * - accepted: the server took that very mail for that recipient, and said so;
 * - what it took and said, on a connection that made sense until then, is accepted;
 * - refused: by a reply to this transaction, of this recipient where it was his, and nobody took it for him; never by a
 *   "bad sequence of commands", which would be our doing;
 * - not sent: no server saw the end of its data;
 * - unknown: its last byte could go, and no answer to it arrived on a connection that made sense;
 * - the point of no return is asked once at the most, and always before the end.
 */
export function flawsOfRun({ told, server }: Run): string[] {
  return told.flatMap((one) => flawsOfOne(one, { told, server }));
}

function flawsOfOne(one: Told, { server }: Run): string[] {
  const { transaction, content, sizeBytes, results, asked } = one;
  const own = server.said.filter((said) => said.sizeBytes === sizeBytes);
  const taken = server.taken.filter((mail) => mail.content === content);
  const wasEnded = server.ended.includes(content);
  const end = own.find(({ step, isHeard }) => step === 'end-of-data' && isHeard);
  const isTakenFor = (recipient: string): boolean =>
    taken.some(({ recipients }) => recipients.includes(recipient));

  const general = [
    ...(results.length === transaction.recipients.length ? [] : ['not a result for each recipient']),
    ...(asked.length <= 1 ? [] : ['the point of no return was asked again']),
    ...(!wasEnded || asked.at(-1) === true
      ? []
      : ['it was ended without being asked, or against the answer']),
    ...(taken.length <= 1 ? [] : ['it was taken twice']),
  ];
  const each = results.flatMap((result, index) => {
    const recipient = transaction.recipients[index]!;
    const flaw = flawOf(result, {
      own,
      recipient,
      end,
      wasEnded,
      isTaken: isTakenFor(recipient),
      mayHaveEnded: asked.includes(true),
    });
    return flaw === null ? [] : [`${recipient}: ${flaw}: ${JSON.stringify(result)}`];
  });
  // What a server holds that nobody sent: a mail that is mixed of two, or cut.
  const strangers = server.taken.filter(({ recipients }) =>
    recipients.some((recipient) => transaction.recipients.includes(recipient)),
  );
  return [
    ...general,
    ...each,
    ...(strangers.every((mail) => mail.content === content) ? [] : ['it got what was not sent to it']),
  ];
}

interface Seen {
  readonly own: readonly Said[];
  readonly recipient: string;
  /** The answer to its end that arrived. */
  readonly end: Said | undefined;
  readonly wasEnded: boolean;
  readonly isTaken: boolean;
  readonly mayHaveEnded: boolean;
}

function flawOf(result: RecipientResult, seen: Seen): string | null {
  const { own, recipient, end, wasEnded, isTaken, mayHaveEnded } = seen;
  const endIsGood = end !== undefined && end.text.startsWith('250');
  if (isTaken && endIsGood && result.result !== 'accepted') return 'taken and said so, but not accepted';
  switch (result.result) {
    case 'accepted':
      if (!isTaken) return 'accepted, but not taken';
      return result.reply.text === end?.text ? null : 'accepted by the reply to something else';
    case 'refused': {
      if (isTaken) return 'refused, but taken';
      const said = own.find(({ text }) => text === result.reply.text);
      if (said === undefined) return 'refused by a reply that was not its own';
      if (said.text.startsWith('503')) return 'refused for what we did wrong';
      if (said.step !== result.stage) return `refused at ${result.stage} by a reply at ${said.step}`;
      return said.step !== 'rcpt' || said.recipient === recipient ? null : "refused by another's reply";
    }
    case 'notSent':
      return wasEnded ? 'not sent, but the server saw its end' : null;
    case 'unknown':
      if (!mayHaveEnded) return 'unknown, but its end was never allowed';
      return end === undefined ? null : 'unknown, but its answer arrived';
  }
}
