import { connect, type PeerCertificate } from 'node:tls';
import type { Check } from '../answers.ts';
import { describeFetchError } from '../fetchError.ts';
import { fine, wrong } from './findings.ts';

const NAME = 'app certificate';
const DAY_MS = 86_400_000;
/** Azure renews its own well before; one that a person renews needs a person about now. */
const WARN_DAYS = 14;
const TIMEOUT_MS = 10_000;

/** The certificate that the app's address shows, and how long it is still valid. Null: there is none (http), or nobody shows one. */
export async function lookAtCertificate(url: URL, nowMs: number): Promise<Check | null> {
  if (url.protocol !== 'https:') return null;
  const seen = await readCertificate(url);
  // Whatever keeps it from answering at all is the next check's to say.
  if (seen === null) return null;
  if (!seen.ok) {
    return wrong(NAME, 'failing', {
      cause: `no secure connection to ${url.host}: ${seen.error}`,
      remedy: 'check the address; a certificate of your own CA is trusted with NODE_EXTRA_CA_CERTS=FILE',
      command: `openssl s_client -connect ${url.hostname}:${portOf(url)} -servername ${url.hostname} </dev/null`,
    });
  }
  const endsAt = Date.parse(seen.certificate.valid_to);
  const days = Math.floor((endsAt - nowMs) / DAY_MS);
  const until = `${days} ${days === 1 ? 'day' : 'days'} left (until ${new Date(endsAt).toISOString().slice(0, 10)})`;
  if (days >= WARN_DAYS) return fine(NAME, until);
  return wrong(NAME, 'degraded', {
    cause: `the certificate of ${url.hostname} ends soon: ${until}`,
    remedy: 'renew the certificate of the custom domain (function app > Certificates)',
  });
}

type Seen =
  | { readonly ok: true; readonly certificate: PeerCertificate }
  | { readonly ok: false; readonly error: string };

/** Null: it cannot be reached. */
function readCertificate(url: URL): Promise<Seen | null> {
  return new Promise((resolve) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: portOf(url),
      ...(/^[\d.:]+$/.test(host) ? {} : { servername: host }),
    });
    let isReached = false;
    socket.once('connect', () => {
      isReached = true;
    });
    const settle = (seen: Seen): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(seen.ok || isReached ? seen : null);
    };
    const timer = setTimeout(() => settle({ ok: false, error: 'no answer in time' }), TIMEOUT_MS);
    socket.once('secureConnect', () => settle({ ok: true, certificate: socket.getPeerCertificate() }));
    socket.on('error', (error) => settle({ ok: false, error: describeFetchError(error) }));
  });
}

function portOf(url: URL): number {
  return url.port === '' ? 443 : Number(url.port);
}
