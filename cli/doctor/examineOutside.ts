/** What can be seen of the app from here, from cause to effect. It ends at the first finding that makes the next ones pointless. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Answer, Api } from '../api.ts';
import type { Check } from '../answers.ts';
import { CliError } from '../cliError.ts';
import type { Connection } from '../connection.ts';
import { describeFetchError } from '../fetchError.ts';
import type { World } from '../world.ts';
import { fine, wrong } from './findings.ts';
import { lookAtCertificate } from './lookAtCertificate.ts';

export interface Outside {
  readonly checks: readonly Check[];
  /** null: what is inside cannot be asked about. */
  readonly role: 'operator' | 'producer' | null;
}

/** More, and tokens and the times in the records are misread. Date headers are whole seconds. */
const CLOCK_APART_MS = 60_000;
const SLOW_MS = 5000;

export async function examineOutside(
  connection: Connection,
  api: Api,
  { world, version }: { readonly world: World; readonly version: string },
): Promise<Outside> {
  const checks: Check[] = [fine('hve', `version ${version}, Node ${process.versions.node}`)];
  const url = new URL(connection.url);
  checks.push(fine('app address', `${connection.url} (${connection.from})`));

  const name = await lookAtName(url);
  if (name !== null) checks.push(name);
  if (name?.status === 'failing') return { checks, role: null };

  const certificate = await lookAtCertificate(url, world.now());
  if (certificate !== null) checks.push(certificate);
  if (certificate?.status === 'failing') return { checks, role: null };

  const startedAt = world.now();
  let answer: Answer;
  try {
    answer = await api.ask({ method: 'GET', path: 'health' });
  } catch (error) {
    checks.push(notReached(url, error));
    return { checks, role: null };
  }
  const tookMs = world.now() - startedAt;
  checks.push(lookAtAnswer(url, answer, tookMs));
  if (checks.at(-1)?.status === 'failing') return { checks, role: null };

  const clock = lookAtClock(answer.headers.get('date'), startedAt + tookMs / 2);
  if (clock !== null) checks.push(clock);
  const { check, role } = await lookAtRole(connection, api, answer.status);
  checks.push(check);
  const app = await lookAtVersion(api);
  if (app !== null && role !== null) checks.push(app);
  return { checks, role };
}

async function lookAtName(url: URL): Promise<Check | null> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return null;
  try {
    const addresses = await lookup(host, { all: true });
    return fine('app name', addresses.map(({ address }) => address).join(', '));
  } catch (error) {
    return wrong('app name', 'failing', {
      cause: `${host}: ${describeFetchError(error)}`,
      remedy:
        'check the address, and that this machine has a network and DNS; a private app resolves inside its network only',
      command: `nslookup ${host}`,
    });
  }
}

function notReached(url: URL, error: unknown): Check {
  return wrong('app answers', 'failing', {
    cause: error instanceof CliError ? error.message : describeFetchError(error),
    remedy: isLocal(url)
      ? 'start the local stack: npm start'
      : 'check the address, proxy and firewall of this machine, and that the function app runs (its network may admit only some)',
    command: isLocal(url) ? 'npm start' : `curl -sS -o /dev/null -w "%{http_code}" ${url.origin}/api/health`,
  });
}

function lookAtAnswer(url: URL, { status, headers }: Answer, tookMs: number): Check {
  if (status >= 300 && status < 400) {
    return wrong('app answers', 'failing', {
      cause: `it answers with a redirect to ${headers.get('location') ?? 'nowhere'}`,
      remedy:
        'use the address of the function app itself; behind Entra ID a token is needed: --entra APPLICATION-ID-URI',
    });
  }
  if (status === 404) {
    return wrong('app answers', 'failing', {
      cause: `something answers at ${url.origin}, but it has no /api/health`,
      remedy:
        'check the address; if it is right, the app has no function at all: look at its deployment and its log',
      command: 'azd deploy',
    });
  }
  if (tookMs > SLOW_MS) {
    return wrong('app answers', 'degraded', {
      cause: `it took ${(tookMs / 1000).toFixed(1)} s`,
      remedy: 'none if it was asleep (a cold start); if it is always so, look at its load and its storage',
    });
  }
  return fine('app answers', `in ${tookMs} ms`);
}

function lookAtClock(date: string | null, hereMs: number): Check | null {
  const there = date === null ? NaN : Date.parse(date);
  if (Number.isNaN(there)) return null;
  const apartMs = hereMs - there;
  const seconds = Math.round(Math.abs(apartMs) / 1000);
  if (Math.abs(apartMs) < CLOCK_APART_MS)
    return fine('clock here', seconds <= 1 ? 'like the app’s' : `${seconds} s apart`);
  return wrong('clock here', 'degraded', {
    cause: `this machine's clock is ${seconds} s ${apartMs > 0 ? 'ahead of' : 'behind'} the app's`,
    remedy: 'let this machine keep its time by NTP: tokens and certificates are judged by it',
    command: 'timedatectl set-ntp true',
  });
}

/** Whoever may list messages is an operator; whoever may submit gets its empty message refused as not valid, which leaves no record. */
async function lookAtRole(
  connection: Connection,
  api: Api,
  healthStatus: number,
): Promise<{ readonly check: Check; readonly role: Outside['role'] }> {
  const name = connection.proof === 'token' ? 'token' : 'key';
  const listed = await api.ask({ method: 'GET', path: 'messages', query: { limit: 1 } });
  // 503: let in, but the app cannot; what is inside says why.
  if (isIn(listed.status) && isIn(healthStatus)) {
    const how = connection.proof === 'none' ? 'none is asked for' : 'accepted, as an operator';
    return { check: fine(name, how), role: 'operator' };
  }
  const submitted = await api.ask({ method: 'POST', path: 'messages', body: {} });
  if (isIn(submitted.status)) {
    return {
      role: 'producer',
      check: wrong(name, 'degraded', {
        cause: 'accepted, but as a producer: it may submit messages and read nothing',
        remedy: 'to look inside use a host key (or the app role Mail.Operate)',
        command:
          'az functionapp keys list --name APP --resource-group GROUP --query functionKeys.default -o tsv',
      }),
    };
  }
  const what = {
    key: 'the key is refused',
    token: 'the token is refused',
    none: 'the app asks for a key or token',
  }[connection.proof];
  return {
    role: null,
    check: wrong(name, 'failing', {
      cause: `${what} (${listed.status})`,
      remedy:
        connection.proof === 'token'
          ? 'get a new one (they live for about an hour), for the application of this app, with the app role Mail.Operate'
          : 'set HVE_KEY to a host key of the function app; after a rotation to the new one. Behind Entra ID: --entra APPLICATION-ID-URI',
      command:
        connection.proof === 'token'
          ? 'az account get-access-token --resource APPLICATION-ID-URI --query accessToken -o tsv'
          : 'az functionapp keys list --name APP --resource-group GROUP --query functionKeys.default -o tsv',
    }),
  };
}

function isIn(status: number): boolean {
  return status !== 401 && status !== 403 && status < 600 && !(status >= 300 && status < 400);
}

const documentSchema = z.object({ info: z.object({ version: z.string() }) });

/** Null: this app does not tell. */
async function lookAtVersion(api: Api): Promise<Check | null> {
  const { body } = await api.ask({ method: 'GET', path: 'openapi.json' });
  const parsed = documentSchema.safeParse(body);
  return parsed.success ? fine('api version', parsed.data.info.version) : null;
}

function isLocal({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname.startsWith('127.');
}
