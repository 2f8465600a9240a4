/**
 * Every neighbour asked, now: the deep half of health. From cause to effect, so that the first check that fails is the one to mend.
 *
 *   storage · clock · days · poison queues ┐
 *   Key Vault, Entra ID (past the memory)  ├ all at once, each within its time; a neighbour that hangs is a finding
 *   SMTP server ─► a login of each account ┘
 *
 * It logs in and writes a row, so whoever asks within a minute gets the same answer again (of one instance), and who asks while it
 * looks shares it. What may repeat: all of it. It changes nothing that anybody else reads.
 */
import { previousDay } from '../core/calendarDay.ts';
import type { Durations } from '../core/durations.ts';
import { wellCheck, type HealthCheck } from '../core/healthView.ts';
import { judgeDay, judgeDeadLetters, judgePoisonQueues } from '../core/judgeBacklog.ts';
import { judgeClock, judgeServer, judgeStorage } from '../core/judgeNeighbours.ts';
import type { Clock, MailServer, QueueGauge, SecretStore, StorageInspector, TokenSource } from '../ports.ts';
import type { ClosedDays } from './closedDays.ts';
import type { CredentialAccount } from './credentials.ts';
import type { LogIn } from './logIn.ts';
import type { DeadLetterReader } from './readDeadLetters.ts';

export interface DeepHealth {
  /** What others rest on: storage, clock, days, queues. */
  readonly base: readonly HealthCheck[];
  /** Credentials, the SMTP server, logins. */
  readonly path: readonly HealthCheck[];
  /** What was given up. */
  readonly outcome: readonly HealthCheck[];
  /** An account at least could log in: mail goes, whatever else of the path is failing. */
  readonly isPassable: boolean;
  /** Milliseconds since the epoch; null: Storage's time is not known. */
  readonly at: number | null;
}

export type AskNeighbours = () => Promise<DeepHealth>;

/** Together less than the minute that the caller waits at the most, whatever hangs. They are people's time: no time scale divides them. */
const NEIGHBOUR_MS = 20_000;
const LOGINS_MS = 30_000;
/** So many logins at once: an instance is not to look like an attack. */
const LOGINS_AT_ONCE = 5;
/** Letters that are looked at; above it is `or more`. */
const LETTERS_AT_MOST = 50;
export function makeAskNeighbours(deps: {
  storageInspector: StorageInspector;
  mailServer: MailServer;
  queueGauge: QueueGauge;
  deadLetterReader: Pick<DeadLetterReader, 'list'>;
  usage: Pick<ClosedDays, 'closedDay'> & { day(): string };
  secrets: SecretStore;
  tokens: TokenSource | null;
  /** The name of the application's secret in Key Vault; null: it has none. */
  tokenSecret: string | null;
  logIn: LogIn;
  accounts: readonly CredentialAccount[];
  messageBytes: number | null;
  clock: Clock;
  durations: Durations;
}): AskNeighbours {
  const { storageInspector, mailServer, queueGauge, deadLetterReader, usage, secrets, tokens, clock } = deps;
  const { accounts, messageBytes, logIn, durations, tokenSecret } = deps;
  let asking: Promise<DeepHealth> | null = null;
  let last: { readonly health: DeepHealth; readonly atMs: number } | null = null;

  /** What `look` finds, or that it found nothing in time, or what it threw. */
  async function within(
    name: string,
    ms: number,
    look: () => Promise<readonly HealthCheck[]>,
  ): Promise<readonly HealthCheck[]> {
    const late = async (): Promise<readonly HealthCheck[]> => {
      await clock.sleep(ms);
      return [unanswered(name, `no answer within ${ms / 1000} s`)];
    };
    try {
      return await Promise.race([look(), late()]);
    } catch (error) {
      return [unanswered(name, error instanceof Error ? error.message : String(error))];
    }
  }

  async function storage(): Promise<readonly HealthCheck[]> {
    const seen = await storageInspector.inspect();
    return [...judgeStorage(seen), judgeClock(seen)];
  }

  async function days(): Promise<readonly HealthCheck[]> {
    const yesterday = previousDay(usage.day());
    return [judgeDay(yesterday, await usage.closedDay(yesterday), clock.now())];
  }

  async function poison(): Promise<readonly HealthCheck[]> {
    return [judgePoisonQueues(await queueGauge.look())];
  }

  async function deadLetters(): Promise<readonly HealthCheck[]> {
    const { items, cursor } = await deadLetterReader.list({ limit: LETTERS_AT_MOST });
    return [
      judgeDeadLetters(
        items.map(({ detail }) => detail),
        cursor !== undefined,
      ),
    ];
  }

  /** Past the memory of the logins: a role that was taken away shows now, not in ten minutes. Nothing is forgotten for it. */
  async function credentialChecks(): Promise<readonly HealthCheck[]> {
    const names = new Set(
      accounts.flatMap(({ auth, secret }) => (auth === 'password' && secret !== null ? [secret] : [])),
    );
    const oauth = accounts.filter(({ auth }) => auth === 'oauth');
    const [passwords, token] = await Promise.all([
      Promise.all([...names].map(secretCheck)),
      oauth.length > 0 ? tokenFailure() : null,
    ]);
    return [
      ...passwords,
      ...oauth.map(({ address }) =>
        token === null ? wellCheck(`oauth ${address}`) : failing(`oauth ${address}`, token),
      ),
    ];
  }

  async function secretCheck(secret: string): Promise<HealthCheck> {
    const name = `keyVault ${secret}`;
    const [check] = await within(name, NEIGHBOUR_MS, async () => {
      const read = await secrets.read(secret);
      if (read.ok) return [wellCheck(name)];
      const command =
        read.failure.kind === 'forbidden'
          ? GRANT_SECRETS
          : `az keyvault secret show --vault-name VAULT --name ${secret} --query attributes`;
      return [{ ...failing(name, read.failure), command }];
    });
    return check!;
  }

  async function tokenFailure(): Promise<Words | null> {
    const secret = tokenSecret === null ? null : await secrets.read(tokenSecret);
    if (secret?.ok === false) return secret.failure;
    const read = await tokens?.request(secret === null ? null : secret.value);
    return read === undefined || read.ok ? null : read.failure;
  }

  async function server(): Promise<readonly HealthCheck[]> {
    return judgeServer(await mailServer.inspect(NEIGHBOUR_MS), { accounts, messageBytes });
  }

  /** Each as far as the time reaches; a few at once. */
  async function logins(): Promise<readonly HealthCheck[]> {
    const found = new Map<string, HealthCheck>();
    const waiting = [...accounts];
    const endsAt = clock.monotonic() + LOGINS_MS;
    async function work(): Promise<void> {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { address } = next;
        const name = `smtp ${address}`;
        const leftMs = endsAt - clock.monotonic();
        const checks = leftMs > 0 ? await within(name, leftMs, async () => [await loginCheck(address)]) : [];
        found.set(address, checks[0] ?? unanswered(name, 'the accounts before it took all the time'));
      }
    }
    await Promise.all(Array.from({ length: LOGINS_AT_ONCE }, work));
    return accounts.map(({ address }) => found.get(address)!);
  }

  async function loginCheck(address: string): Promise<HealthCheck> {
    const name = `smtp ${address}`;
    const result = await logIn(address);
    return result.ok
      ? wellCheck(name)
      : { ...failing(name, result), command: 'pwsh scripts/Test-HveTenant.ps1' };
  }

  async function mailPath(): Promise<Pick<DeepHealth, 'path' | 'isPassable'>> {
    const asked = within('keyVault', NEIGHBOUR_MS, credentialChecks);
    const seen = await within('smtp port', NEIGHBOUR_MS + GRACE_MS, server);
    const isThere = seen.every(({ status }) => status !== 'failing');
    const loggedIn = isThere ? await logins() : [];
    return {
      path: [...(await asked), ...seen, ...loggedIn],
      isPassable: loggedIn.some(({ status }) => status === 'ok'),
    };
  }

  async function ask(): Promise<DeepHealth> {
    const [base, path, outcome] = await Promise.all([
      Promise.all([
        within('storage', NEIGHBOUR_MS, storage),
        within('days', NEIGHBOUR_MS, days),
        within('poison queues', NEIGHBOUR_MS, poison),
      ]),
      mailPath(),
      within('dead letters', NEIGHBOUR_MS, deadLetters),
    ]);
    return { base: base.flat(), ...path, outcome, at: timeOf(clock) };
  }

  return async () => {
    if (last !== null && clock.monotonic() - last.atMs < durations.memory) return last.health;
    asking ??= ask().finally(() => (asking = null));
    const health = await asking;
    last = { health, atMs: clock.monotonic() };
    return health;
  };
}

interface Words {
  readonly cause: string;
  readonly remedy: string;
}

/** The inspection ends by itself, in words of its own. */
const GRACE_MS = 1000;

const GRANT_SECRETS =
  'az role assignment create --role "Key Vault Secrets User" --assignee-object-id IDENTITY-OBJECT-ID --assignee-principal-type ServicePrincipal --scope VAULT-ID';

function failing(name: string, { cause, remedy }: Words): HealthCheck {
  return { name, status: 'failing', cause, remedy };
}

function unanswered(name: string, cause: string): HealthCheck {
  return failing(name, {
    cause,
    remedy: 'look at the checks before it; else at the network of the app and at Azure service health',
  });
}

function timeOf(clock: Clock): number | null {
  try {
    return clock.now();
  } catch {
    return null;
  }
}
