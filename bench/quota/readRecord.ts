/** What the rows say at the end. Counted here once more, by none of the app's own sums. */
import type { Delivery } from '../../shared/core/delivery.ts';
import { openRecipients } from '../../shared/core/delivery.ts';
import { isMoving } from '../../shared/core/status.ts';
import type { MessageStore } from '../../shared/ports.ts';

export interface RecordFacts {
  /** What the rows charge in all, by scope. */
  readonly charged: Readonly<Record<string, number>>;
  /** Recipients. */
  readonly accepted: number;
  readonly unknownSpends: number;
  /** Deliveries that are queued or sending. */
  readonly moving: number;
  /** Recipients that wait in a room. */
  readonly waiting: { readonly recipients: number; readonly external: number };
  /** Deliveries. */
  readonly byStatus: Readonly<Record<string, number>>;
}

/** `day`: that of the messages' ids, UTC. */
export async function readRecord(store: MessageStore, day: string): Promise<RecordFacts> {
  const rows: Delivery[] = [];
  for await (const { delivery } of store.scanDay(day)) rows.push(delivery);
  const waiting = rows
    .filter(({ room }) => room !== null)
    .flatMap((row) => openRecipients(row).map((index) => row.recipients[index]!));
  return {
    charged: sumCharges(rows),
    accepted: rows.flatMap((row) => row.recipients).filter(({ status }) => status === 'accepted').length,
    unknownSpends: rows.reduce((sum, row) => sum + row.unknownSpends, 0),
    moving: rows.filter(({ status }) => isMoving(status)).length,
    waiting: {
      recipients: waiting.length,
      external: waiting.filter(({ kind }) => kind === 'external').length,
    },
    byStatus: Object.fromEntries(
      [...Map.groupBy(rows, ({ status }) => status)].map(([status, all]) => [status, all.length]),
    ),
  };
}

function sumCharges(rows: readonly Delivery[]): Record<string, number> {
  const sums: Record<string, number> = {};
  const add = (scope: string, n: number): void => void (sums[scope] = (sums[scope] ?? 0) + n);
  for (const { charges, claim, app } of rows) {
    for (const { account, recipients, external } of claim ? [...charges, claim.charge] : charges) {
      add('tenant', recipients);
      add(`account:${account}`, recipients);
      add(`app:${app}`, recipients);
      add('external', external);
    }
  }
  return sums;
}
