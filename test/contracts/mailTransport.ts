import { describe } from 'vitest';
import { describeAccepts } from './mailTransport/accepts.ts';
import { describeBeforeMail } from './mailTransport/beforeMail.ts';
import { describeConnections } from './mailTransport/connections.ts';
import { describeLostConnections } from './mailTransport/lostConnections.ts';
import { describePointOfNoReturn } from './mailTransport/pointOfNoReturn.ts';
import { describeRefusals } from './mailTransport/refusals.ts';
import { makeMailTransportWorld, type Extensions, type MakeMailTransport } from './mailTransport/world.ts';

/** The contract of the port MailTransport, for any implementation of it, against servers that offer `extensions`. */
export function describeMailTransport(
  title: string,
  make: MakeMailTransport,
  extensions: Extensions = ['PIPELINING'],
): void {
  describe(`MailTransport: ${title}`, () => {
    const world = makeMailTransportWorld(make, extensions);
    describeAccepts(world);
    describeRefusals(world);
    describeBeforeMail(world);
    describeLostConnections(world);
    describePointOfNoReturn(world);
    describeConnections(world);
  });
}
