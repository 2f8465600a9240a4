/** How things stand when a day's report is written: what is used and waits, what is given up, and what does not go. */
import type { NowFacts } from '../core/dailyReport.ts';
import { TIME_ROOM } from '../core/rooms.ts';
import type { Clock, Standings, WaitingRooms } from '../ports.ts';
import type { DeadLetterReader } from './readDeadLetters.ts';
import type { UsageReader } from './usage.ts';

export type ReadReportFacts = () => Promise<NowFacts>;

/** Each is held against its row; more than so many are "or more". */
const DEAD_LETTERS_COUNTED = 500;

export function makeReadReportFacts(deps: {
  usage: Pick<UsageReader, 'today'>;
  rooms: WaitingRooms;
  deadLetterReader: Pick<DeadLetterReader, 'list'>;
  standings: Standings;
  accounts: readonly { readonly address: string }[];
  /** null: the app does not know its own address. */
  dashboardUrl: string | null;
  clock: Clock;
}): ReadReportFacts {
  const { usage, rooms, deadLetterReader, standings, accounts, dashboardUrl, clock } = deps;
  const named = new Set(['tenant', 'external', ...accounts.map(({ address }) => address)]);

  async function countWaiting(): Promise<{ room: string; recipients: number }[]> {
    const waiting: { room: string; recipients: number }[] = [];
    for await (const room of rooms.rooms()) {
      // What is parked elsewhere and expires lies there too: it would be counted twice.
      if (room === TIME_ROOM) continue;
      let recipients = 0;
      for await (const { row } of rooms.walk(room)) {
        recipients += room === 'external' || room === 'quota:external' ? row.external : row.recipients;
      }
      if (recipients > 0) waiting.push({ room, recipients });
    }
    return waiting;
  }

  return async () => {
    const today = await usage.today();
    const waiting = await countWaiting();
    const letters = await deadLetterReader.list({ limit: DEAD_LETTERS_COUNTED });
    const all = await standings.readAll();
    return {
      at: clock.now(),
      window: today.window,
      scopes: today.scopes,
      waiting: waiting.toSorted((a, b) => b.recipients - a.recipients),
      deadLetters: { open: letters.items.length, isMore: letters.cursor !== undefined },
      standings: all.map(({ value }) => value).filter(({ name }) => named.has(name)),
      dashboardUrl,
    };
  };
}
