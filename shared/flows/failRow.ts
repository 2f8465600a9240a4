/** The end of a row whose item ends whoever takes it: it fails, unless it moved on by itself. */
import type { ReplyNote } from '../core/delivery.ts';
import { failOpen } from '../core/ending.ts';
import type { Clock, MessageStore } from '../ports.ts';
import { makeReplacer } from './rowWriter.ts';
import type { Rows } from './settleRow.ts';

export type FailRow = (key: { readonly messageId: string; readonly delivery: number }) => Promise<void>;

const NOTE: ReplyNote = {
  text: 'given up: its queue item ended whoever took it',
  cause: 'the process ended each time it took the item of this delivery',
  remedy: 'look at the log of that time, report the defect, then redrive the message',
};

export function makeFailRow(deps: { store: MessageStore; rows: Rows; clock: Clock }): FailRow {
  const { store, rows, clock } = deps;
  return async ({ messageId, delivery }) => {
    const stored = await store.readDelivery(messageId, delivery);
    if (stored?.delivery.status !== 'queued') return;
    const failed = failOpen(stored.delivery, NOTE, clock.now());
    const written = await rows.settle(failed, makeReplacer(store, stored.delivery, stored.etag));
    if (!written) throw new Error(`${messageId} changed while it was given up; its item comes again`);
  };
}
