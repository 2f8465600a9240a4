import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeMessageId } from '../../../shared/core/messageId.ts';
import type { Neighbours } from './mailerHarness.ts';
import { startNeighbours } from './mailerHarness.ts';

let neighbours: Neighbours;
beforeAll(async () => {
  neighbours = await startNeighbours(1);
});
afterAll(async () => neighbours.end());

describe('HVE_REDIRECT_TO', () => {
  it('sends every delivery to that address alone, with the real recipients in X-Original-To', async () => {
    const mailer = await neighbours.mailer({ HVE_REDIRECT_TO: 'tests@contoso.com' });
    const to = Array.from({ length: 60 }, (_, n) => `real${n}@contoso.com`);
    const id = makeMessageId(mailer.clock.now(), mailer.chance.bytes(10));
    await mailer.accept({ id, source: 'http', value: { to, subject: 'harmless', text: 'x' } });
    await mailer.drain();
    expect(await mailer.messages.message(id)).toMatchObject({ status: 'sent', counts: { accepted: 60 } });
    const mails = await neighbours.inbox('tests@contoso.com');
    expect(mails.map((mail) => mail.to)).toEqual([['tests@contoso.com'], ['tests@contoso.com']]);
    const sources = await Promise.all(
      mails.map(async ({ id: mailId }) =>
        (await fetch(`${neighbours.simulator.inboxUrl}/messages/${mailId}.eml`)).text(),
      ),
    );
    const named = sources.flatMap((source) => {
      const header = /^X-Original-To: ((?:.*\r?\n)(?:[ \t].*\r?\n)*)/m.exec(source)?.[1] ?? '';
      return header.match(/real\d+@contoso\.com/g) ?? [];
    });
    expect(new Set(named)).toEqual(new Set(to));
    for (const address of [to[0]!, to[59]!]) expect(await neighbours.inbox(address)).toEqual([]);
  });
});
