/** The mailers of a proof, and what is done with them: fed like by a queue, killed, swept like by a timer. */
import { setTimeout as pause } from 'node:timers/promises';
import type { RemoteProcess } from '../remoteProcess.ts';
import { ProcessEnded, startProcess } from '../remoteProcess.ts';
import type { OpenMailer, SubmitArgument } from './mailerProcess.ts';
import type { Submission } from './planLoad.ts';

export interface MailerCrowd {
  /**
   * Until each was taken from the outbox. What a killed process had in hand, or a handler threw at, comes again under the same
   * id. `onTaken` hears of each.
   */
  submitAll(submissions: readonly Submission[], onTaken?: (one: Submission) => void): Promise<void>;
  /**
   * SIGKILL to one, each time another, as soon as it has had a transaction accepted and was not answered yet, after so many
   * accepted recipients; or as it is once `noMore` mail comes. Tells whether it was in a transaction.
   */
  killOne(afterRecipients: number, noMore: Promise<unknown>): Promise<boolean>;
  /** On one of them, each time another. */
  sweep(): Promise<void>;
  /** Recipients used, by scope, as one of them tells it over the API. */
  usage(): Promise<Readonly<Record<string, number>>>;
  /** As at a deployment: leases go back. */
  close(): Promise<void>;
  /** Whatever still runs. */
  end(): Promise<void>;
}

/** Messages in the hands of a process at once. */
const AT_ONCE = 4;
const AGAIN_MS = 500;
/** Now and then the storage does not answer in time; what is thrown again and again is a defect. */
const THROWN_AT_MOST = 50;
/** What is in the inner queues when the last message is handed in comes within seconds. */
const SILENCE_WITHIN_MS = 15_000;

export async function startMailers({
  mailers,
  newId,
}: {
  mailers: readonly OpenMailer[];
  newId: () => string;
}): Promise<MailerCrowd> {
  const all = mailers.map(() => startProcess(new URL('./mailerProcess.ts', import.meta.url)));
  const living = new Set(all);
  const doomed = new Set<RemoteProcess>();
  const end = async (): Promise<void> => void (await Promise.all(all.map((one) => one.kill())));
  let sweeps = 0;
  let thrown = 0;

  try {
    await Promise.all(all.map((one, n) => one.call('open', mailers[n])));
  } catch (error) {
    await end();
    throw error;
  }

  /** Until nothing is left for it, or it has ended. */
  async function feed(
    one: RemoteProcess,
    backlog: Taking[],
    onTaken: (one: Submission) => void,
  ): Promise<void> {
    for (let next = backlog.shift(); next !== undefined; next = backlog.shift()) {
      const { submission } = next;
      next.id ??= newId();
      try {
        await one.call('submit', { id: next.id, item: submission.item } satisfies SubmitArgument);
        onTaken(submission);
      } catch (error) {
        backlog.push(next);
        // One that was killed is not among the living any more.
        if (error instanceof ProcessEnded && !living.has(one)) return;
        if (error instanceof ProcessEnded) throw error;
        if (++thrown > THROWN_AT_MOST) throw error;
        await pause(AGAIN_MS);
      }
    }
  }

  return {
    async submitAll(submissions, onTaken = () => undefined) {
      const backlog = submissions.map((submission): Taking => ({ submission, id: null }));
      while (backlog.length > 0) {
        const feeders = [...living].flatMap((one) =>
          Array.from({ length: AT_ONCE }, () => feed(one, backlog, onTaken)),
        );
        await Promise.all(feeders);
      }
    },

    async killOne(afterRecipients, noMore) {
      const victim = [...living].findLast((one) => !doomed.has(one))!;
      doomed.add(victim);
      const inTransaction = await Promise.race([
        victim.call('fallSilent', afterRecipients).then(() => true),
        noMore.then(async () => pause(SILENCE_WITHIN_MS, false, { ref: false })),
      ]);
      living.delete(victim);
      await victim.kill();
      return inTransaction;
    },

    async sweep() {
      const candidates = [...living];
      await candidates[sweeps++ % candidates.length]!.call('sweep');
    },

    async usage() {
      return [...living][0]!.call('usage');
    },

    async close() {
      await Promise.all([...living].map((one) => one.call('close')));
    },

    end,
  };
}

interface Taking {
  readonly submission: Submission;
  /** The same, however often it is delivered. */
  id: string | null;
}
