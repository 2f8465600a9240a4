/**
 * Erases an address from the dead letters: their words, and the original where that names it. What may repeat: all of it; a
 * letter that is written anew meanwhile is pending.
 */
import { decodeItem } from '../core/decodeItem.ts';
import type { Durations } from '../core/durations.ts';
import type { IsErased } from '../core/erasure.ts';
import { eraseFromLetter, names, withoutNames } from '../core/erasure.ts';
import { wasNeverPlanned } from '../core/goAnew.ts';
import { isMessageId } from '../core/messageId.ts';
import type { Clock, DeadLetters, KeptLetter, KeptMessages } from '../ports.ts';
import type { ContentRemover } from './removeContent.ts';

/** From how many it was erased, how many have to be looked at again, and messages that were redriven meanwhile. */
export type EraseLetters = (
  isErased: IsErased,
  isOver: () => boolean,
) => Promise<{
  readonly erased: number;
  readonly pending: number;
  readonly goneOn: ReadonlySet<string>;
}>;

export function makeEraseLetters(deps: {
  kept: KeptMessages;
  deadLetters: DeadLetters;
  remover: ContentRemover;
  clock: Clock;
  durations: Durations;
}): EraseLetters {
  const { kept, deadLetters, remover, clock, durations } = deps;

  async function originalNames({ letter, hasOriginal }: KeptLetter, isErased: IsErased): Promise<boolean> {
    const raw = hasOriginal ? (await deadLetters.read(letter.day, letter.key))?.raw : null;
    if (!raw) return false;
    const text = new TextDecoder().decode(raw);
    const decoded = decodeItem(text);
    return names(decoded.kind === 'message' ? JSON.stringify(decoded.value) : text, isErased);
  }

  /**
   * The row of a rejected message says that its original is gone before it is, so that nobody redrives it from there. `goneOn`:
   * somebody has, and it has recipients now.
   */
  async function markRejected(id: string): Promise<'marked' | 'goneOn' | 'changed'> {
    const message = isMessageId(id) ? await kept.read(id) : null;
    const [first] = message?.deliveries ?? [];
    if (message === null || first === undefined || message.head.contentRemoved) return 'marked';
    if (!wasNeverPlanned(first.delivery)) return 'goneOn';
    const deliveries = message.deliveries.map(({ delivery }) => delivery);
    const head = withoutNames(message.head, clock.now());
    const done = await remover.removeContent([{ kept: message, head, deliveries }]);
    return done.length > 0 ? 'marked' : 'changed';
  }

  async function eraseFromOne(
    one: KeptLetter,
    isErased: IsErased,
    goneOn: Set<string>,
  ): Promise<'done' | 'pending' | 'nothing'> {
    const next = eraseFromLetter(one.letter, isErased);
    const isNamed = next !== one.letter || (await originalNames(one, isErased));
    if (!isNamed) return 'nothing';
    const { reason, at, messageId } = one.letter;
    // Its item may still be on its queue, and whoever takes it writes the letter anew.
    if (reason === 'comes_back' && at + 2 * durations.claim > clock.now()) return 'pending';
    const row = one.hasOriginal ? await markRejected(messageId) : 'marked';
    if (row === 'changed') return 'pending';
    if (row === 'goneOn') goneOn.add(messageId);
    return (await deadLetters.replace({ ...next, raw: null }, one.etag)) ? 'done' : 'pending';
  }

  return async (isErased, isOver) => {
    let erased = 0;
    let pending = 0;
    const goneOn = new Set<string>();
    for await (const one of deadLetters.all()) {
      if (isOver()) return { erased, pending: pending + 1, goneOn };
      const what = await eraseFromOne(one, isErased, goneOn);
      if (what === 'done') erased++;
      if (what === 'pending') pending++;
    }
    return { erased, pending, goneOn };
  };
}
