import { QUEUES } from '../../shared/core/storageNames.ts';
import type { Health } from './appApi.ts';
import type { Endpoints } from './endpoints.ts';
import { USUAL_PORTS } from './ports.ts';
import type { SampleResult } from './sampleMessage.ts';

export interface StackFacts {
  readonly endpoints: Endpoints;
  readonly accounts: readonly { readonly address: string }[];
  readonly domain: string;
  /** null: the functions ask for none. */
  readonly key: string | null;
  /** As the user knows it. */
  readonly stateDir: string;
}

/** Every address, one a line. */
export function describeAddresses({ endpoints, accounts, key, stateDir }: StackFacts): string[] {
  const { functions, storage, smtp, inbox, keyVault, tokens, hosts } = endpoints;
  return [
    '',
    'hve-mailer is up',
    '',
    `  HTTP API    ${functions}/api`,
    `  Health      ${functions}/api/health`,
    `  Inbox       ${inbox}   (open it in a browser)`,
    `  SMTP        ${new URL(smtp).host}   HVE simulator: STARTTLS, AUTH LOGIN and XOAUTH2; accounts ${accounts.map(({ address }) => address).join(', ')}`,
    `  Key Vault   ${keyVault.uri}   (a stand-in with the accounts' passwords)`,
    ...(tokens === undefined
      ? []
      : [`  Entra ID    ${tokens.authorityHost}   (a stand-in with the application of HVE_OAUTH_CLIENT_ID)`]),
    `  Storage     queue "${QUEUES.outbox}" takes messages; connection string:`,
    `              ${storage}`,
    `  Hosts       process ${hosts.map(({ pid }) => pid).join(', ')}`,
    `  State       ${stateDir}   (addresses for scripts: endpoints.json)`,
    ...(key === null ? [] : [`  Key         ${key}   (header x-functions-key; more in keys.json)`]),
    `  func start  IDENTITY_ENDPOINT=${keyVault.identityEndpoint} IDENTITY_HEADER=${keyVault.identityHeader}`,
  ];
}

/** Ports on which something else than usual listens: whoever knows the usual ones would look in vain. */
export function describeMovedPorts({
  functions,
  smtp,
  inbox,
  keyVault,
  tokens,
  storage,
}: Endpoints): string[] {
  const moved: string[] = [];
  const compare = (what: string, usual: number, url: string): void => {
    const port = Number(new URL(url).port);
    if (port !== usual) moved.push(`Port ${usual} is taken: ${what} listens on ${port}.`);
  };
  compare('the functions host', USUAL_PORTS.functions, functions);
  compare('the SMTP simulator', USUAL_PORTS.smtp, smtp);
  compare('the inbox', USUAL_PORTS.inbox, inbox);
  compare('the Key Vault', USUAL_PORTS.keyVault, keyVault.uri);
  compare("the identity's endpoint", USUAL_PORTS.identity, keyVault.identityEndpoint);
  if (tokens !== undefined) compare('the stand-in for Entra ID', USUAL_PORTS.tokens, tokens.authorityHost);
  for (const [service, usual] of Object.entries(USUAL_PORTS.storage)) {
    const endpoint = new RegExp(`${service}Endpoint=([^;]+)`, 'i').exec(storage)?.[1];
    if (endpoint?.startsWith('http://127.0.0.1') === true)
      compare(`the storage's ${service}`, usual, endpoint);
  }
  return moved;
}

/** What is wrong, of what the app says about itself. */
export function describeHealth(health: Health): string[] {
  return health.checks
    .filter(({ status }) => status !== 'ok')
    .map(({ name, status, cause, remedy }) => {
      const words = [cause, remedy].filter((text) => text !== null && text !== undefined);
      return `  ${name} (${status}): ${words.join(' | ')}`;
    });
}

export function describeSample(result: SampleResult, inbox: string): string[] {
  if (!result.delivered) {
    return ['', 'The sample message was NOT delivered', ...result.reasons.map((reason) => `  ${reason}`)];
  }
  const { message } = result;
  const status =
    message === null ? 'no record of it yet' : `${message.status}, id ${message.id} (GET /api/messages)`;
  return [
    '',
    `The sample message was delivered in ${(result.tookMs / 1000).toFixed(1)} s, from the queue to the inbox`,
    `  Subject     ${result.subject}`,
    `  From, to    ${result.from} to ${result.to.join(', ')}`,
    `  Record      ${status}`,
    `  See it      ${inbox}`,
  ];
}

/** To be copied and run as they are. */
export function describeCommands({ endpoints, domain, key }: StackFacts): string[] {
  const { functions } = endpoints;
  const header = key === null ? '' : ` -H "x-functions-key: ${key}"`;
  // Double quotes: they mean the same to every shell, Windows' too.
  const body = `{\\"to\\":\\"bob@${domain}\\",\\"subject\\":\\"Hello\\",\\"text\\":\\"It works.\\"}`;
  return [
    '',
    'Try',
    `  curl -i${header} -H "content-type: application/json" -d "${body}" ${functions}/api/messages`,
    `  curl${header} ${functions}/api/messages`,
    `  curl${header} ${functions}/api/usage`,
  ];
}
