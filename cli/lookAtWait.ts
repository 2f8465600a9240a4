import type { Operation } from './answers.ts';
import type { Api } from './api.ts';
import { readDetail } from './readDetail.ts';
import { waitWords } from './waitWords.ts';
import type { World } from './world.ts';

/** A message of thousands is much to read, and what it waits for seldom changes. */
const ASK_EVERY_MS = 60_000;

/**
 * Says at each look at a message what it waits for; null where it does not wait, or a producer watches. An operation names no room,
 * since whoever knows the id may ask for it, and a room may have an address in its name: so this asks for the message, when it
 * has become deferred and once a minute from then on. Never throws: watching goes on without it.
 */
export function makeLookAtWait(api: Api, world: World): (operation: Operation) => Promise<string | null> {
  let askedAt: number | null = null;
  let waits: string | null = null;
  return async ({ id, status }) => {
    if (status !== 'deferred') {
      askedAt = null;
      waits = null;
    } else if (askedAt === null || world.now() - askedAt >= ASK_EVERY_MS) {
      askedAt = world.now();
      waits = await askWait(api, id).catch(() => null);
    }
    return waits;
  };
}

async function askWait(api: Api, id: string): Promise<string | null> {
  const message = await readDetail(api, id);
  return message === null ? null : waitWords(message.parsed);
}
