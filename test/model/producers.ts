/** What the producers send, over HTTP and by the queue, and how they repeat themselves. */
import { makeMessageId } from '../../shared/core/messageId.ts';
import { spawn, useMailer } from './instance.ts';
import { wasRecorded } from './memory/messageTable.ts';
import { enqueue } from './memory/queueTable.ts';
import { drawDeeds } from './operators.ts';
import { ACCOUNTS, APPS } from './profile.ts';
import type { Instance, World } from './world.ts';
import { violate } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** One thing that a producer still does. `work` runs on the instance that takes the request. */
export interface Action {
  readonly label: string;
  run(instance: Instance): void;
}

export interface Producers {
  readonly actions: Action[];
  /** Whoever waits for an answer of this instance asks again. */
  onCrash(instance: Instance): void;
}

type Body = Readonly<Record<string, unknown>>;

export function makeProducers(world: World): Producers {
  const { random, profile, time } = world;
  const actions: Action[] = [];
  const answers = new Map<string, string>();
  /** The keys of which somebody was told that he was the first. */
  const recorded = new Set<string>();
  /** When a key was first asked for. */
  const askedAt = new Map<string, number>();

  /** Over HTTP; with a key the producer repeats until it has an answer, as Logic Apps does. */
  function http(body: Body, key: string | null): Action {
    return {
      label: `http ${String(body['subject'])}`,
      run(instance) {
        const again = (): void => {
          if (key !== null) actions.push(http(body, key));
        };
        const request = { instance, again };
        open.add(request);
        spawn(
          world,
          instance,
          `http ${String(body['subject'])}`,
          async () => {
            const { clock, chance, accept } = await useMailer(world, instance);
            const id = makeMessageId(clock.now(), chance.bytes(10));
            if (key !== null && !askedAt.has(key)) askedAt.set(key, time.now);
            const value = key === null ? body : { ...body, idempotencyKey: key };
            const acceptance = await accept({ id, value, source: 'http' });
            open.delete(request);
            if (acceptance.kind !== 'accepted') return;
            noteAnswer(acceptance.id, key, acceptance.replayed);
            if (key !== null && random.chance(0.2)) again();
          },
          () => {
            open.delete(request);
            again();
          },
        );
      },
    };
  }

  /** Requests that wait for their answer. */
  const open = new Set<{ readonly instance: Instance; readonly again: () => void }>();

  /** Its key may have expired since it was claimed first: then it is a new one. */
  function isForgotten(key: string): boolean {
    const keptMs = world.rules.settings.idempotencyDays * DAY;
    return time.now + 2 * profile.skewMs >= (askedAt.get(key) ?? Infinity) + keptMs;
  }

  function noteAnswer(id: string, key: string | null, replayed: boolean): void {
    world.count.accepts++;
    if (!wasRecorded(world.messages, id))
      violate(world, 'accepted', `${id} was answered for, and is not recorded`);
    if (key !== null && isForgotten(key)) return;
    const before = key === null ? undefined : answers.get(key);
    if (before !== undefined && before !== id)
      violate(world, 'keys', `${before} and ${id} have the key ${key}`);
    // Of two requests at once the one that found it recorded may be answered first.
    if (key !== null && !replayed) {
      if (recorded.has(key)) violate(world, 'keys', `${id} was recorded twice under the key ${key}`);
      recorded.add(key);
    }
    if (key !== null) answers.set(key, id);
    world.promised.set(id, { id, how: 'http', key });
  }

  function outbox(body: Body | string): Action {
    return {
      label: 'outbox',
      run() {
        const text = typeof body === 'string' ? body : JSON.stringify(body);
        enqueue(world.queues, 'outbox', text, Math.floor(time.now / 1000) * 1000, 0);
        world.trace?.(`-- a producer puts ${text.slice(0, 60)} on the outbox`);
      },
    };
  }

  for (let n = 0; n < profile.messages; n++) {
    const body = makeBody(world, n);
    const isPlain = !random.chance(profile.variety);
    if (!isPlain && random.chance(0.08)) actions.push(outbox('{"to": "nobody'));
    else if (random.chance(0.5)) actions.push(outbox(body));
    else actions.push(http(body, random.chance(0.5) ? `key-${n}` : null));
  }

  actions.push(...drawDeeds(world));
  return {
    actions,
    onCrash(instance) {
      for (const request of open) {
        if (request.instance !== instance) continue;
        open.delete(request);
        request.again();
      }
    },
  };
}

function makeBody(world: World, n: number): Body {
  const { random, profile, time } = world;
  const isPlain = !random.chance(profile.variety);
  const internal = random.between(isPlain ? 1 : 0, random.chance(0.3) ? 7 : 2);
  const external = isPlain ? 0 : random.between(internal === 0 ? 1 : 0, 2);
  const to = [
    ...Array.from({ length: internal }, (_, m) => `in${m}.m${n}@contoso.com`),
    ...Array.from({ length: external }, (_, m) => `out${m}.m${n}@example.org`),
  ];
  const plain = {
    to,
    subject: `m${n}`,
    text: random.chance(0.03) ? 'x'.repeat(40_000) : 'Good day',
    ...(profile.hold && { onUnknown: 'hold' }),
  };
  if (isPlain) return plain;
  const at = (ms: number): string => new Date(Math.round(time.now + ms)).toISOString();
  const optional = (probability: number, fields: () => Body): Body =>
    random.chance(probability) ? fields() : {};
  const sendAfter = random.pick([MINUTE, HOUR, 3 * DAY, 200 * DAY]);
  return {
    ...plain,
    ...optional(0.4, () => ({ priority: random.pick(['critical', 'normal', 'bulk']) })),
    ...optional(0.2, () => ({ from: random.pick(ACCOUNTS) })),
    ...optional(0.5, () => ({ app: random.pick(APPS) })),
    ...optional(0.2, () => ({ onUnknown: 'hold' })),
    ...optional(0.15, () => ({ onQuota: 'reject' })),
    ...optional(0.1, () => ({ mode: 'capture' })),
    ...optional(0.15, () => ({ sendAt: at(sendAfter) })),
    ...optional(0.2, () => ({
      expiresAt: at(201 * DAY * random.pick([0, 1]) + random.pick([5 * MINUTE, HOUR, DAY])),
    })),
  };
}
