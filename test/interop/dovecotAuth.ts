import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * The authentication service that Postfix asks (the protocol of Dovecot, version 1.1: lines of fields parted by tabs), for
 * AUTH LOGIN. So nothing but Postfix itself has to be installed, and no password lies in a file.
 */
export async function startDovecotAuth(
  path: string,
  account: { readonly address: string; readonly password: string },
): Promise<{ stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const say = (...lines: string[][]): void =>
      void socket.write(lines.map((fields) => `${fields.join('\t')}\n`).join(''));
    /** By the request's number: the user name, once it was said. */
    const users = new Map<string, string | null>();
    say(
      ['VERSION', '1', '1'],
      ['MECH', 'LOGIN', 'plaintext'],
      ['SPID', String(process.pid)],
      ['CUID', '1'],
      ['COOKIE', '0'.repeat(32)],
      ['DONE'],
    );
    createInterface({ input: socket }).on('line', (line) => {
      const [verb, id = '', text = ''] = line.split('\t');
      if (verb === 'AUTH') {
        users.set(id, null);
        say(['CONT', id, toBase64('Username:')]);
      } else if (verb === 'CONT') {
        const answer = Buffer.from(text, 'base64').toString();
        const user = users.get(id) ?? null;
        if (user === null) {
          users.set(id, answer);
          say(['CONT', id, toBase64('Password:')]);
          return;
        }
        users.delete(id);
        const isRight = user === account.address && answer === account.password;
        say([isRight ? 'OK' : 'FAIL', id, `user=${user}`]);
      }
    });
  });
  server.listen({ path, writableAll: true, readableAll: true });
  await once(server, 'listening');
  return {
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function toBase64(text: string): string {
  return Buffer.from(text).toString('base64');
}
