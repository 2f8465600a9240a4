import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ensureCertificates } from '../../../local/certificates.ts';
import type { Certificates } from '../../../local/certificates.ts';

/**
 * Certificates that this test process trusts until `forget`. NODE_EXTRA_CA_CERTS would do the same, but is read only when a
 * process starts.
 */
export async function trustCertificates(): Promise<Certificates & { forget(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'trusted-certificates-'));
  const certificates = await ensureCertificates(dir);
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, certificates.ca]);
  return {
    ...certificates,
    async forget() {
      setDefaultCACertificates(before);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
