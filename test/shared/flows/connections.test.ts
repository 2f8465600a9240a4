import { describe, expect, it } from 'vitest';
import { makeConnections } from '../../../shared/flows/connections.ts';
import type { MailTransport } from '../../../shared/ports.ts';

function makeRecorded(connectionsPerAccount: number) {
  const set: [string, number][] = [];
  const transport: MailTransport = {
    send: async () => ({ recipients: [] }),
    verify: async () => null,
    setConnections: (account, connections) => set.push([account, connections]),
    close: async () => undefined,
  };
  return { set, connections: makeConnections({ transport, connectionsPerAccount }) };
}

describe('the connections of an account', () => {
  it('are halved by each throttling, down to one, for that account alone', () => {
    const { set, connections } = makeRecorded(6);
    for (let n = 0; n < 4; n++) connections.throttled('a');
    expect(set).toEqual([
      ['a', 3],
      ['a', 1],
      ['a', 1],
      ['a', 1],
    ]);
  });

  it('grow by one after as many accepted transactions as there are connections, up to the setting', () => {
    const { set, connections } = makeRecorded(4);
    connections.throttled('a');
    for (let n = 0; n < 20; n++) connections.passed('a');
    expect(set).toEqual([
      ['a', 2],
      ['a', 3],
      ['a', 4],
    ]);
  });

  it('are left alone while nothing was throttled', () => {
    const { set, connections } = makeRecorded(4);
    for (let n = 0; n < 20; n++) connections.passed('a');
    expect(set).toEqual([]);
  });
});
