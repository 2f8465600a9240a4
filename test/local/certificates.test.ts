import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureCertificates } from '../../local/certificates.ts';

const NOW = new Date('2026-11-24T08:00:00Z');
const FETCH =
  'fetch(process.argv[1]).then((r) => r.text()).then(console.log, (e) => console.log(String(e.cause?.code)))';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'certificates-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('ensureCertificates', () => {
  it('makes a server certificate that its own CA signed, for ten years and from long ago', async () => {
    const { ca, cert, key, caFile } = await ensureCertificates(dir, NOW);
    const server = new X509Certificate(cert);
    expect(server.verify(new X509Certificate(ca).publicKey)).toBe(true);
    expect(server.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(server.checkHost('localhost')).toBe('localhost');
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBe('::1');
    expect(server.checkHost('contoso.com')).toBeUndefined();
    expect(new Date(server.validFrom).getUTCFullYear()).toBe(2020);
    expect(new Date(server.validTo)).toEqual(new Date('2036-11-24T08:00:00Z'));
    await expect(readFile(caFile, 'utf8')).resolves.toBe(ca);
  });

  it('gives the same certificates again while they are valid', async () => {
    const first = await ensureCertificates(dir, NOW);
    const second = await ensureCertificates(dir, new Date('2035-11-24T08:00:00Z'));
    expect(second).toEqual(first);
  });

  it('makes new ones, under another CA name, before the old ones end', async () => {
    const first = await ensureCertificates(dir, NOW);
    const second = await ensureCertificates(dir, new Date('2036-11-01T08:00:00Z'));
    expect(new X509Certificate(second.ca).subject).not.toBe(new X509Certificate(first.ca).subject);
    expect(new Date(new X509Certificate(second.cert).validTo).getUTCFullYear()).toBe(2046);
    expect(second.caFile).toBe(first.caFile);
  });

  it('replaces damaged ones', async () => {
    const { caFile } = await ensureCertificates(dir, NOW);
    await writeFile(caFile, 'not a certificate');
    const { ca, cert } = await ensureCertificates(dir, NOW);
    expect(new X509Certificate(cert).verify(new X509Certificate(ca).publicKey)).toBe(true);
  });

  it('gives all who ask at once the same ones and leaves nothing else behind', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => ensureCertificates(dir, NOW)));
    for (const one of all) expect(one).toEqual(all[0]);
    await expect(readdir(dir)).resolves.toEqual(['tls']);
  });

  it.runIf(process.platform !== 'win32')(
    'keeps the key for the owner alone, and no CA key at all',
    async () => {
      const { caFile } = await ensureCertificates(dir, NOW);
      const folder = join(caFile, '..');
      expect((await stat(join(folder, 'server.key'))).mode & 0o777).toBe(0o600);
      expect((await readdir(folder)).toSorted()).toEqual(['ca.pem', 'server.key', 'server.pem']);
    },
  );
});

describe('a server with these certificates', () => {
  it('is accepted by a client that trusts the CA, and by no other', async () => {
    const { ca, cert, key, caFile } = await ensureCertificates(dir, NOW);
    const server = createServer({ key, cert }, (_, response) => response.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      for (const host of ['localhost', '127.0.0.1']) {
        const socket = connect({ host, port, ca });
        await once(socket, 'secureConnect');
        expect(socket.authorized).toBe(true);
        socket.destroy();
      }
      const url = `https://127.0.0.1:${port}/`;
      await expect(fetchInChild(url, { NODE_EXTRA_CA_CERTS: caFile })).resolves.toBe('hello');
      await expect(fetchInChild(url, {})).resolves.toMatch(/^(UNABLE_TO_|SELF_SIGNED_)/);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

/** NODE_EXTRA_CA_CERTS is read when a process starts. Gives the body, or the code of the error. */
async function fetchInChild(url: string, environment: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', FETCH, url], { env: environment });
  return stdout.trim();
}
