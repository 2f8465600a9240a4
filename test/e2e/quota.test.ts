import { expect, test } from 'vitest';
import { atNoon, eventually, makeState, nowAtNoon, PATIENCE_MS, startTestStack } from './harness.ts';

const DAY_MS = 86_400_000;
/** Two queues, each with batchSize + newBatchThreshold of host.json. */
const UNDER_WAY = 2 * (16 + 8);
/** In parts of all. */
const MAY_BE_HELD_UP = 0.05;
const PRIORITIES = ['bulk', 'normal', 'critical'] as const;

test(
  'with a limit of 100, of 300 messages exactly 100 go today; the others wait for the next day and go in order',
  async () => {
    await using state = await makeState();
    const subjects: string[] = [];
    let today: string[];
    {
      await using running = await startTestStack(state, { ...atNoon(), HVE_LIMIT_RECIPIENTS_PER_DAY: '100' });
      const { client } = running;
      for (let index = 0; index < 300; index++) {
        const priority = PRIORITIES[index % 3]!;
        const subject = `${priority} ${String(index).padStart(3, '0')}`;
        subjects.push(subject);
        await client.put({
          app: 'quota',
          to: `p${index}@contoso.com`,
          subject,
          text: 'x',
          priority,
        });
      }
      const items = await eventually(
        async () => client.messagesOf('quota'),
        (all) => all.length === 300 && all.every(({ status }) => status === 'sent' || status === 'deferred'),
        '300 messages are sent or deferred',
        2 * PATIENCE_MS,
      );
      const waiting = items.filter(({ status }) => status === 'deferred');
      expect(waiting).toHaveLength(200);
      today = (await client.mails()).map((mail) => mail.subject);
      expect(today).toHaveLength(100);
      // When it goes on stands there: the next midnight.
      const midnight = new Date(Math.floor(nowAtNoon() / DAY_MS + 1) * DAY_MS).toISOString();
      expect(new Set(waiting.map(({ nextAttemptAt }) => nextAttemptAt))).toEqual(new Set([midnight]));
      expect(new Set(waiting.map(({ waitsFor }) => waitsFor))).toEqual(new Set(['quota:tenant']));
      const usage = await eventually(
        async () => client.get<{ scopes: { scope: string; used: number; waiting: number }[] }>('/api/usage'),
        ({ scopes }) => scopes[0]?.used === 100 && scopes[0].waiting === 200,
        'usage says 100 used and 200 waiting',
      );
      expect(usage.scopes[0]).toMatchObject({ scope: 'tenant', limit: 100, used: 100, remaining: 0 });
      // They cost nothing while they wait: no item of theirs is on a queue.
      expect((await client.outbox.getProperties()).approximateMessagesCount).toBe(0);
    }

    // A day later, with room for all of them.
    await using running = await startTestStack(state, {
      ...atNoon(1),
      HVE_LOCAL_TIME_SCALE: '30',
      HVE_LIMIT_RECIPIENTS_PER_DAY: '1000',
    });
    const { client } = running;
    await eventually(
      async () => client.messagesOf('quota'),
      (all) => all.every(({ status }) => status === 'sent'),
      'the waiting ones are sent',
      2 * PATIENCE_MS,
    );
    const all = (await client.mails()).toReversed();
    expect(all.map((mail) => mail.subject).toSorted()).toEqual(subjects.toSorted());
    const later = all.slice(100);
    // What the simulator stamps them with is a day ahead, too.
    expect(Date.parse(later[0]!.receivedAt) - Date.parse(all[0]!.receivedAt)).toBeGreaterThan(DAY_MS / 2);
    // Released one after the other; but 24 of each of two queues run at once, so neighbours overtake each other. And one that
    // a busy machine holds up is overtaken by whoever comes meanwhile: a few may be further off. In no order most would be.
    const expected = subjects
      .filter((subject) => !today.includes(subject))
      .toSorted((left, right) => rank(left) - rank(right) || left.slice(-3).localeCompare(right.slice(-3)));
    const places = later.map(({ subject }, index) => Math.abs(expected.indexOf(subject) - index));
    expect(places.filter((off) => off >= UNDER_WAY).length).toBeLessThanOrEqual(
      later.length * MAY_BE_HELD_UP,
    );
  },
  6 * PATIENCE_MS,
);

function rank(subject: string): number {
  return ['critical', 'normal', 'bulk'].findIndex((priority) => subject.startsWith(priority));
}
