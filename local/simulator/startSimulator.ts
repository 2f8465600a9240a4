import { ALL_EXTENSIONS, type SmtpExtension } from './extensions.ts';
import { makeFaultBook } from './faults.ts';
import { makeHveRules, type HveAccount, type JudgeToken } from './hveRules.ts';
import { startInboxServer } from './inboxServer.ts';
import { openMailStore } from './mailStore.ts';
import { startSmtpServer } from './smtpServer.ts';

export interface SimulatorOptions {
  /** 0: any free one. */
  readonly smtpPort: number;
  readonly inboxPort: number;
  /** Where both listen. */
  readonly host: string;
  /** Mails are kept here over restarts; made if missing. One simulator at a time. */
  readonly stateDir: string;
  /** PEM. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly accounts: readonly HveAccount[];
  /** Judges an XOAUTH2 token; without it every token is refused. */
  readonly oauth?: JudgeToken;
  /** Accepted domains; `*.contoso.com` for every subdomain of it. */
  readonly internalDomains: readonly string[];
  readonly externalAllowed: boolean;
  /** Null: no limit. Default 50. */
  readonly maxRecipients?: number | null;
  /** Null: no limit. Default 10,000,000. */
  readonly maxBytes?: number | null;
  /** What is offered beside the extensions that every client must know. Default: all. */
  readonly extensions?: readonly SmtpExtension[];
  /** By what timeouts are divided. Default 1. */
  readonly timeScale?: number;
  /** Milliseconds since 1970, for the times at which mails are received. */
  readonly now: () => number;
  /** From 0 to below 1; decides for faults with a share. Default Math.random. */
  readonly random?: () => number;
  /** What the simulator has to tell its operator. Default: to stderr. */
  readonly warn?: (message: string) => void;
}

export interface Simulator {
  readonly smtp: { readonly host: string; readonly port: number };
  /** Base URL, without a slash at its end. */
  readonly inboxUrl: string;
  /** Cuts all connections. Mails stay in stateDir, faults are gone. */
  stop(): Promise<void>;
}

const HOSTNAME = 'hve-simulator.localhost';
/** The limits of hve.md, the same in both profiles. */
const MAX_RECIPIENTS = 50;
const MAX_BYTES = 10_000_000;

/** High Volume Email on this machine: an SMTP front end with HVE's rules and replies, an inbox, and faults on demand. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host, accounts, internalDomains, externalAllowed } = options;
  const { maxRecipients = MAX_RECIPIENTS, maxBytes = MAX_BYTES, warn = warnOnStderr } = options;
  const { extensions = ALL_EXTENSIONS } = options;
  const store = await openMailStore(options.stateDir, options.now);
  const faults = makeFaultBook(options.random ?? Math.random);
  const rules = makeHveRules({
    hostname: HOSTNAME,
    extensions,
    maxRecipients,
    maxBytes,
    faults,
    accounts,
    oauth: options.oauth,
    internalDomains,
    externalAllowed,
    store,
    warn,
  });
  const stopAll: (() => Promise<void>)[] = [() => store.close()];
  const stop = async (): Promise<void> => {
    // The store last: a mail whose data is here already still gets into it.
    for (const stopOne of stopAll.splice(0).toReversed()) await stopOne();
  };
  try {
    const smtpServer = await startSmtpServer({
      host,
      port: options.smtpPort,
      tls: options.tls,
      rules,
      timeScale: options.timeScale ?? 1,
      warn,
    });
    stopAll.push(() => smtpServer.stop());
    const smtp = { host, port: smtpServer.port };
    const about = {
      smtp,
      accounts: accounts.map((account) => account.address),
      internalDomains,
      externalAllowed,
      maxRecipients,
      maxBytes,
    };
    const inboxServer = await startInboxServer({ host, port: options.inboxPort, store, faults, about, warn });
    stopAll.push(() => inboxServer.stop());
    return { smtp, inboxUrl: `http://${host}:${inboxServer.port}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function warnOnStderr(message: string): void {
  console.error(`HVE simulator: ${message}`);
}
