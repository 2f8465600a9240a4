/** What a look at the neighbours means: checks with cause, remedy and a command to run. Pure. */
import type { SenderAccount } from './accountSettings.ts';
import { classifyFailure } from './classifyReply.ts';
import { wellCheck, type HealthCheck } from './healthView.ts';
import type { SmtpStage, TransportFailure } from './reply.ts';

/** As `ServerInspection` of the ports has it. */
export interface SeenServer {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[] | null;
  readonly connectMs: number | null;
  readonly certificate: {
    readonly names: readonly string[];
    readonly issuer: string;
    readonly expiresAt: number;
    readonly lifeLeftMs: number;
  } | null;
  readonly capabilities: readonly string[];
  readonly failure: TransportFailure | null;
}

export interface ServerNeeds {
  readonly accounts: readonly Pick<SenderAccount, 'address' | 'auth'>[];
  /** Null: no limit. */
  readonly messageBytes: number | null;
}

const DAY_MS = 86_400_000;
/** Exchange's are renewed weeks before. */
const CERTIFICATE_DAYS = 7;

/** In the order of the dialogue, up to the first that fails: what would come after it was not seen. */
export function judgeServer(seen: SeenServer, needs: ServerNeeds): HealthCheck[] {
  const { host, port, addresses, connectMs, certificate, failure } = seen;
  const checks: HealthCheck[] = [];
  if (addresses !== null) checks.push(wellCheck(SMTP_CHECKS.dns, addresses.join(', ')));
  if (connectMs !== null && failure?.stage !== 'connect') {
    checks.push(wellCheck(SMTP_CHECKS.port, `${host}:${port} answers, connected in ${connectMs} ms`));
  }
  const isSecure = certificate !== null;
  if (isSecure) checks.push(wellCheck(SMTP_CHECKS.starttls));
  if (failure !== null) return [...checks, failedCheck(seen, failure, isSecure)];
  if (certificate !== null) checks.push(judgeCertificate(certificate));
  return [...checks, judgeCapabilities(seen.capabilities, needs)];
}

const SMTP_CHECKS = {
  dns: 'smtp dns',
  port: 'smtp port',
  starttls: 'smtp starttls',
  certificate: 'smtp certificate',
  capabilities: 'smtp capabilities',
} as const;

function failedCheck({ host, port }: SeenServer, failure: TransportFailure, isSecure: boolean): HealthCheck {
  const { cause, remedy } = classifyFailure(failure);
  const name = checkOf(failure.stage, isSecure);
  const command =
    name === SMTP_CHECKS.dns
      ? `nslookup ${host}`
      : name === SMTP_CHECKS.port
        ? `Test-NetConnection ${host} -Port ${port}   (or: nc -vz ${host} ${port})`
        : `openssl s_client -starttls smtp -connect ${host}:${port}`;
  return { name, status: 'failing', cause, remedy, command };
}

function checkOf(stage: SmtpStage, isSecure: boolean): string {
  if (stage === 'dns') return SMTP_CHECKS.dns;
  if (stage === 'connect') return SMTP_CHECKS.port;
  if (stage === 'tls') return isSecure ? SMTP_CHECKS.certificate : SMTP_CHECKS.starttls;
  return SMTP_CHECKS.capabilities;
}

function judgeCertificate({
  names,
  issuer,
  expiresAt,
  lifeLeftMs,
}: NonNullable<SeenServer['certificate']>): HealthCheck {
  const days = Math.floor(lifeLeftMs / DAY_MS);
  const until = `${names.slice(0, 3).join(', ')}, from ${issuer}, until ${new Date(expiresAt).toISOString().slice(0, 10)}`;
  if (days >= CERTIFICATE_DAYS) return wellCheck(SMTP_CHECKS.certificate, until);
  return {
    name: SMTP_CHECKS.certificate,
    status: 'degraded',
    cause: `the certificate of the SMTP server ends in ${days} days: ${until}`,
    remedy: 'none at Exchange, which renews it; at a server of your own renew it',
  };
}

const MECHANISMS = { password: 'LOGIN', oauth: 'XOAUTH2' } as const;

function judgeCapabilities(
  capabilities: readonly string[],
  { accounts, messageBytes }: ServerNeeds,
): HealthCheck {
  const name = SMTP_CHECKS.capabilities;
  const offered = argumentsOf(capabilities, 'AUTH');
  const wanted = [...new Set(accounts.map(({ auth }) => MECHANISMS[auth]))];
  const missing = wanted.filter((mechanism) => !offered.includes(mechanism));
  const detail = capabilities.join(', ');
  if (missing.length > 0) {
    const concerned = accounts.filter(({ auth }) => missing.includes(MECHANISMS[auth]));
    return {
      name,
      // Where other accounts log in the other way, their mail goes.
      status: missing.length < wanted.length ? 'degraded' : 'failing',
      cause: `the server does not offer AUTH ${missing.join(' or ')} (it offers ${offered.join(' ') || 'no login'}), which ${concerned.map(({ address }) => address).join(', ')} needs`,
      remedy: missing.includes('LOGIN')
        ? 'check HVE_SMTP_HOST; where basic authentication has been retired set the accounts to "auth": "oauth" (docs/tenant.md)'
        : 'check HVE_SMTP_HOST, or let the accounts log in with a password',
      detail,
    };
  }
  const size = Number(argumentsOf(capabilities, 'SIZE')[0] ?? 0);
  if (size > 0 && (messageBytes === null || messageBytes > size)) {
    return {
      name,
      status: 'degraded',
      cause: `the server takes messages of at most ${size} bytes, the limit here is ${messageBytes ?? 'none'}: what lies between fails only there`,
      remedy: `set HVE_LIMIT_MESSAGE_BYTES to ${size}`,
      detail,
    };
  }
  return wellCheck(name, detail);
}

function argumentsOf(capabilities: readonly string[], keyword: string): readonly string[] {
  const line = capabilities.find(
    (capability) => capability === keyword || capability.startsWith(`${keyword} `),
  );
  return line?.split(/\s+/).slice(1) ?? [];
}

/** As `StorageInspection` of the ports has it. */
export interface SeenStorage {
  readonly services: readonly {
    readonly service: 'queues' | 'tables' | 'blobs';
    readonly failure: { readonly status: number | null; readonly said: string } | null;
  }[];
  readonly machineAheadMs: number | null;
}

const ROLES = {
  queues: 'Storage Queue Data Contributor',
  tables: 'Storage Table Data Contributor',
  blobs: 'Storage Blob Data Owner',
} as const;

export function judgeStorage({ services }: SeenStorage): HealthCheck[] {
  return services.map(({ service, failure }) => {
    const name = `storage ${service}`;
    if (failure === null) return wellCheck(name, 'written and read');
    const isForbidden = failure.status === 401 || failure.status === 403;
    const base = { name, status: 'failing', cause: failure.said } as const;
    if (!isForbidden) return { ...base, remedy: UNREACHED };
    return {
      ...base,
      remedy: `give the app's identity the role "${ROLES[service]}" on the storage account, and let the app's network in (its firewall); a new role takes some minutes`,
      command: `az role assignment create --role "${ROLES[service]}" --assignee-object-id IDENTITY-OBJECT-ID --assignee-principal-type ServicePrincipal --scope STORAGE-ACCOUNT-ID`,
    };
  });
}

const UNREACHED =
  'check that the storage account exists and lets the app in: its network rules, private endpoints and DNS; then Azure service health';

/** R9 allows two minutes between two instances; tokens and certificates are judged by the machine's own clock. */
const CLOCK_APART_MS = 2 * 60_000;

export function judgeClock({ machineAheadMs }: SeenStorage): HealthCheck {
  if (machineAheadMs === null) {
    return {
      name: 'clock',
      status: 'failing',
      cause: "Storage's time is not known: none of its answers came within 2 s",
      remedy: 'look at the storage account and the network to it; nothing is decided without its time',
    };
  }
  const seconds = Math.round(Math.abs(machineAheadMs) / 1000);
  if (Math.abs(machineAheadMs) < CLOCK_APART_MS) return wellCheck('clock', `${seconds} s from Storage's`);
  return {
    name: 'clock',
    status: 'degraded',
    cause: `the machine's clock is ${seconds} s ${machineAheadMs > 0 ? 'ahead of' : 'behind'} Storage's`,
    remedy:
      "quotas and times go by Storage's clock, but tokens and certificates by the machine's: restart the app; if it stays, open a support case with Azure",
  };
}
