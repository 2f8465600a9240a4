import type { RecipientResult, TransportFailure } from '../../ports.ts';
import { isGoAhead, isPositive, type TransactionRecord } from './smtpDialogue.ts';

/**
 * What became of each recipient, by what the server answered (pure). `committed`: the point of no return was passed.
 * `failure` says why there are no further answers, where there are none.
 *
 * - A refusal of MAIL is everybody's; of RCPT that recipient's; of DATA or the data of all who were accepted before.
 * - Where the answers end, whoever was not refused is `unknown` after the point of no return, else `notSent`.
 */
export function judgeTransaction(
  record: TransactionRecord,
  recipientCount: number,
  committed: boolean,
  failure: TransportFailure,
): RecipientResult[] {
  const { mail, recipients, data, end } = record;
  const cutOff: RecipientResult = committed ? { result: 'unknown', failure } : { result: 'notSent', failure };

  function judge(index: number): RecipientResult {
    if (mail !== null && !isPositive(mail)) return { result: 'refused', reply: mail, stage: 'mail' };
    const own = recipients[index];
    if (own !== undefined && !isPositive(own)) return { result: 'refused', reply: own, stage: 'rcpt' };
    if (own === undefined) return cutOff;
    if (data !== null && !isGoAhead(data)) return { result: 'refused', reply: data, stage: 'data' };
    // With BDAT nothing but the end need be answered.
    if (end === null) return cutOff;
    // The server may refuse while the data still goes out; then it had no end of the data to judge.
    if (!isPositive(end)) return { result: 'refused', reply: end, stage: committed ? 'end-of-data' : 'data' };
    // Accepted before its end: what it took nobody knows.
    return committed ? { result: 'accepted', reply: end } : { result: 'unknown', failure };
  }

  const results: RecipientResult[] = [];
  for (let index = 0; index < recipientCount; index += 1) results.push(judge(index));
  return results;
}
