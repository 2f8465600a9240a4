import { beforeEach, describe, expect, it } from 'vitest';
import type { Standing } from '../../shared/core/records.ts';
import type { Standings } from '../../shared/ports.ts';
import { NOON } from './sampleMessages.ts';

const TROUBLED: Standing = {
  name: 'hve@contoso.com',
  trouble: {
    action: 'pause',
    cause: 'the account’s password is wrong',
    remedy: 'put the right one into Key Vault',
    reply: '535 5.7.3 Authentication unsuccessful',
    since: NOON,
    until: NOON + 60_000,
    stepMs: 60_000,
  },
  pausedByPerson: null,
};

/** The contract of the port Standings. Each `open` gives an organisation without trouble. */
export function describeStandings(title: string, open: () => Promise<Standings>): void {
  describe(`Standings: ${title}`, () => {
    let standings: Standings;
    beforeEach(async () => {
      standings = await open();
    });

    it('has no row of what never had trouble', async () => {
      expect(await standings.readAll()).toEqual([]);
    });

    it('keeps the trouble of accounts with any address, of the tenant and of external mail', async () => {
      const names = ['hve@contoso.com', "o'neil/sales#1?@contoso.com", 'tenant', 'external'];
      for (const name of names) expect(await standings.replace({ ...TROUBLED, name }, null)).toBe(true);
      const all = await standings.readAll();
      expect(all.map(({ value }) => value.name).toSorted()).toEqual(names.toSorted());
      expect(all.find(({ value }) => value.name === TROUBLED.name)?.value).toEqual(TROUBLED);
    });

    it('changes by the ETag that was read, once', async () => {
      await standings.replace(TROUBLED, null);
      const [read] = await standings.readAll();
      const paused: Standing = {
        ...TROUBLED,
        trouble: null,
        pausedByPerson: { since: NOON, reason: 'audit' },
      };
      expect(await standings.replace(paused, read!.etag)).toBe(true);
      expect(await standings.replace(TROUBLED, read!.etag)).toBe(false);
      expect((await standings.readAll()).map(({ value }) => value)).toEqual([paused]);
    });

    it('lets one of two make the first row', async () => {
      const made = await Promise.all([1, 2].map(async () => standings.replace(TROUBLED, null)));
      expect(made.filter(Boolean)).toHaveLength(1);
    });
  });
}
