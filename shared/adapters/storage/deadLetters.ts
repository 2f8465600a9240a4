import type { DeadLetter } from '../../core/records.ts';
import type { DeadLetters } from '../../ports.ts';
import type { StorageAccess } from './connectStorage.ts';
import { packBytes, packedJson, unpackBytes } from './packed.ts';
import { encodeKey } from './tableKeys.ts';
import type { Keys } from './tableRows.ts';

const LETTER = packedJson<Omit<DeadLetter, 'raw'>>('letter');

/** Dead letters in the table `deadletters`: day / key. The original as it came is kept to the byte. */
export function makeDeadLetters(deps: { readonly storage: StorageAccess }): DeadLetters {
  const table = deps.storage.table('deadletters');
  return {
    async put(letter) {
      const { raw, ...rest } = letter;
      const { messageId, app, reason } = letter;
      const columns = {
        ...LETTER.columnsOf(rest),
        ...(raw && packBytes('raw', raw)),
        messageId,
        app,
        reason,
        at: BigInt(Math.round(letter.at)),
      };
      await table.upsert({ ...keysOf(letter.day, letter.key), columns });
    },

    async remove(day, key) {
      await table.remove(keysOf(day, key), null);
    },

    async read(day, key) {
      const row = await table.read(keysOf(day, key));
      if (row === null) return null;
      const letter = LETTER.read(row.columns);
      return letter && { ...letter, raw: unpackBytes('raw', row.columns) };
    },
  };
}

function keysOf(day: string, key: string): Keys {
  return { partitionKey: day, rowKey: encodeKey(key) };
}
