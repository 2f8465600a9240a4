/** What must hold whenever a mail goes: its identity, why it goes again, and what it does to the limits. */
import { rowKeyOf } from '../../shared/core/messageId.ts';
import type { Passage } from './memory/modelHve.ts';
import { watchLease, watchLimits, watchUse } from './watchLimits.ts';
import type { World } from './world.ts';
import { violate } from './world.ts';

export function watchMail(world: World): void {
  world.hve.onPassage = (passage) => {
    watchIdentity(world, passage);
    watchRepeat(world, passage);
    watchLease(world, passage);
  };
  world.hve.onTaken = (passage) => {
    watchUse(world, passage);
    watchLimits(world, passage);
  };
}

/** Of the transactions before, those that the recipient may have got something from. */
function earlier(world: World, passage: Passage, address: string): Passage[] {
  return world.hve.passages.filter(
    (other) =>
      other !== passage &&
      other.id === passage.id &&
      other.recipients.includes(address) &&
      (other.taken === null || other.taken.includes(address)),
  );
}

function watchIdentity(world: World, passage: Passage): void {
  const { messageId, dateMs } = passage.identity;
  for (const address of passage.recipients) {
    const other = earlier(world, passage, address).find(
      ({ identity }) => identity.messageId !== messageId || identity.dateMs !== dateMs,
    );
    if (!other) continue;
    const text = `${address} may have got ${other.identity.messageId}, and is sent ${messageId}`;
    violate(world, 'identity', text);
  }
}

/** It may go again only where the one before ended unknown, or its claim had ended without a word. */
function watchRepeat(world: World, passage: Passage): void {
  const { messages, profile, rules } = world;
  const claim = messages.rows.get(rowKeyOf(passage.id, passage.delivery))?.delivery?.claim;
  if (claim?.instance === passage.instance) passage.claimEndsAt = claim.endsAt;
  for (const address of passage.recipients) {
    for (const other of earlier(world, passage, address)) {
      const mayAt = other.claimEndsAt + rules.durations.margin - 2 * profile.skewMs;
      if (other.told === 'unknown' || passage.at >= mayAt) continue;
      const text = `${address} is sent ${passage.identity.messageId} again ${passage.at - other.at} ms after ${other.instance}, which was told ${other.told}, and ${mayAt - passage.at} ms before its claim has ended`;
      violate(world, 'repeat', text);
    }
  }
}
