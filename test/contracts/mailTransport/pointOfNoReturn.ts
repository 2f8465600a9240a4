import { describe, expect, test } from 'vitest';
import { mailOf } from './mailOf.ts';
import { mailBytes, makeTransaction, type MailTransportWorld } from './world.ts';

export function describePointOfNoReturn(world: MailTransportWorld): void {
  const { use, script, useScripted, inbox, usesBdat } = world;

  describe('the point of no return', () => {
    test('is asked once, after the server agreed to take the data and before it can have the end', async () => {
      const server = await script();
      let asked = 0;
      const pointOfNoReturn = (): boolean => {
        asked += 1;
        expect(server.commands).toContain(usesBdat ? 'RCPT TO:<ann@contoso.com>' : 'DATA');
        expect(server.messages).toEqual([]);
        return true;
      };
      await useScripted(server).send(makeTransaction({ pointOfNoReturn }));
      expect(asked).toBe(1);
    });

    test.for([10, 3_000_000])(
      'no: given up, and a server never sees the end of %d bytes',
      async (sizeBytes) => {
        const server = await script();
        const bytes = mailBytes(
          'x'
            .repeat(70)
            .concat('\r\n')
            .repeat(Math.ceil(sizeBytes / 72)),
        );
        const transport = useScripted(server, { connections: 1 });
        const recipients = ['ann@contoso.com', 'bob@contoso.com'];
        const { recipients: results } = await transport.send(
          makeTransaction({ recipients, mail: mailOf(bytes), pointOfNoReturn: () => false }),
        );
        expect(results).toMatchObject(
          recipients.map(() => ({ result: 'notSent', failure: { reply: null, givenUp: true } })),
        );
        // After DATA nothing but the end of the connection ends the data unsent; before a BDAT RSET does.
        await expect
          .poll(() => server.connections().open === 0 || (usesBdat && server.commands.includes('RSET')))
          .toBe(true);
        expect(server.messages).toEqual([]);
        expect((await transport.send(makeTransaction())).recipients).toMatchObject([{ result: 'accepted' }]);
      },
    );

    test('no, against the simulator: the inbox stays empty', async () => {
      await use().send(makeTransaction({ pointOfNoReturn: () => false }));
      expect(await inbox()).toEqual([]);
    });

    test('is not asked where nobody is accepted', async () => {
      let asked = 0;
      const pointOfNoReturn = (): boolean => ++asked > 0;
      await use().send(makeTransaction({ recipients: ['eve@example.org'], pointOfNoReturn }));
      expect(asked).toBe(0);
    });
  });
}
