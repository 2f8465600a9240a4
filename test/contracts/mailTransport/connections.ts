import { describe, expect, test } from 'vitest';
import { ACCOUNT } from '../../local/simulator/testSimulator.ts';
import { PASSWORD, PATIENT, makeTransaction, type MailTransportWorld } from './world.ts';

export function describeConnections(world: MailTransportWorld): void {
  const { script, useScripted } = world;

  describe('the connections', () => {
    test('a changed credential gets a connection of its own, and the old one is closed', async () => {
      const server = await script();
      const transport = useScripted(server);
      await transport.send(makeTransaction());
      await transport.send(makeTransaction({ credential: { kind: 'password', password: 'rotated' } }));
      expect(server.connections().total).toBe(2);
      await expect.poll(() => server.connections().open).toBe(1);
      expect(server.commands).toContain(Buffer.from('rotated').toString('base64'));
    });

    test('each account has connections of its own', async () => {
      const server = await script();
      const transport = useScripted(server, { connections: 1 });
      await transport.send(makeTransaction());
      await transport.send(makeTransaction({ account: 'payroll@contoso.com' }));
      expect(server.connections()).toMatchObject({ open: 2, total: 2 });
    });

    test('an idle one is closed with QUIT', async () => {
      const server = await script();
      const transport = useScripted(server, { timeouts: { ...PATIENT, idleMs: 50 } });
      await transport.send(makeTransaction());
      await expect.poll(() => server.connections().open).toBe(0);
      expect(server.commands.at(-1)).toBe('QUIT');
    });

    test('verify leaves no connection behind', async () => {
      const server = await script();
      expect(await useScripted(server).verify(ACCOUNT.address, PASSWORD)).toBeNull();
      await expect.poll(() => server.connections().open).toBe(0);
      expect(server.commands.join()).not.toContain('MAIL');
    });

    test('close lets who sends finish, refuses who waits, and leaves no handle open', async () => {
      const before = openSockets();
      const server = await script({ MAIL: () => null });
      const transport = useScripted(server, { connections: 1 });
      await transport.send(makeTransaction());
      // More than an implementation may have in flight on one connection.
      const sending = Array.from({ length: 10 }, () => transport.send(makeTransaction()));
      await transport.close();
      const results = (await Promise.all(sending)).map(({ recipients }) => recipients[0]!);
      const waited = results.findIndex(({ result }) => result !== 'accepted');
      expect(waited).toBeGreaterThan(0);
      expect(results.slice(waited)).toMatchObject(
        results.slice(waited).map(() => ({ result: 'notSent', failure: { givenUp: true } })),
      );
      expect(server.messages).toHaveLength(1 + waited);
      expect((await transport.send(makeTransaction())).recipients).toMatchObject([{ result: 'notSent' }]);
      await expect.poll(() => server.connections().open).toBe(0);
      await server.stop();
      await expect.poll(openSockets).toBeLessThanOrEqual(before);
    });
  });
}

/** Sockets that keep the process alive. */
function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TLSWrap')
    .length;
}
