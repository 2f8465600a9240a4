/** What went wrong when a secret was read, as the adapter saw it. `said` is the error's own text, in one line. */
export type KeyVaultTrouble =
  | {
      readonly from: 'vault';
      readonly status: number;
      /** The inner code where there is one, else the code; empty when the answer had none. */
      readonly code: string;
      readonly said: string;
      readonly retryAfterMs: number | null;
    }
  /** The endpoint for the tokens of the managed identity; `status` is `null` when it did not answer. */
  | { readonly from: 'identity'; readonly status: number | null; readonly said: string }
  | { readonly from: 'network'; readonly said: string }
  | { readonly from: 'timeout'; readonly timeoutMs: number }
  | { readonly from: 'emptyValue' };

export interface KeyVaultFailure {
  readonly kind: 'missing' | 'disabled' | 'forbidden' | 'throttled' | 'unavailable';
  readonly cause: string;
  readonly remedy: string;
  readonly retryAfterMs: number | null;
}

interface Rule {
  /** A real error that this rule is for. */
  readonly sample: string;
  readonly matches: (trouble: KeyVaultTrouble) => boolean;
  readonly kind: KeyVaultFailure['kind'];
  /** `{secret}`, `{vault}` and `{said}` are filled in. */
  readonly cause: string;
  readonly remedy: string;
}

const WAIT = 'Nothing: it is tried again by itself. If it lasts,';
const REACH = 'that the app can reach the vault: its firewall, private endpoint and DNS';

const fromVault = (trouble: KeyVaultTrouble, ...statuses: readonly number[]): boolean =>
  trouble.from === 'vault' && statuses.includes(trouble.status);
const saidCode = (trouble: KeyVaultTrouble, code: string): boolean =>
  trouble.from === 'vault' && trouble.code === code;

/** The first that matches. The last two match all that is left: the unknown is `unavailable`, waits, and is tried again. */
const RULES: readonly Rule[] = [
  {
    sample: '403 Forbidden, SecretDisabled: Operation get is not allowed on a disabled secret.',
    matches: (trouble) => saidCode(trouble, 'SecretDisabled'),
    kind: 'disabled',
    cause: 'The newest version of {secret} in {vault} is disabled.',
    remedy: 'Enable it, or set a new value for {secret}.',
  },
  {
    sample:
      '403 Forbidden, ForbiddenByFirewall: Client address is not authorized and caller is not a trusted service.',
    matches: (trouble) =>
      saidCode(trouble, 'ForbiddenByFirewall') || saidCode(trouble, 'ForbiddenByConnection'),
    kind: 'forbidden',
    cause: '{vault} does not let the app in from its network, so {secret} could not be read. {said}',
    remedy: "Allow the app's network in the firewall of {vault}, or give the app a private endpoint to it.",
  },
  {
    sample: '403 Forbidden, ForbiddenByRbac: Caller is not authorized to perform action on resource.',
    matches: (trouble) => fromVault(trouble, 401, 403),
    kind: 'forbidden',
    cause: "{vault} does not allow the app's identity to read {secret}. {said}",
    remedy:
      'Grant the role "Key Vault Secrets User" on {vault} to the app\'s managed identity. A new role takes some minutes to work.',
  },
  {
    sample: '404 SecretNotFound: A secret with (name/id) hve was not found in this key vault.',
    matches: (trouble) => fromVault(trouble, 404),
    kind: 'missing',
    cause: 'There is no {secret} in {vault}.',
    remedy:
      "Create {secret} with its value (an account's password; the application's secret or certificate), or correct its name in HVE_ACCOUNTS or HVE_OAUTH_SECRET.",
  },
  {
    sample: 'a secret whose value is empty',
    matches: ({ from }) => from === 'emptyValue',
    kind: 'missing',
    cause: 'The newest version of {secret} in {vault} has no value.',
    remedy:
      "Set the account's password, or the application's secret or certificate, as the value of {secret}.",
  },
  {
    sample: '429 Throttled: Request was not processed because too many requests were received.',
    matches: (trouble) => fromVault(trouble, 429),
    kind: 'throttled',
    cause: '{vault} takes no more requests for now, so {secret} could not be read. {said}',
    remedy: `${WAIT} find out who else reads so much from this vault.`,
  },
  {
    sample: '503 ServiceUnavailable: The service is temporarily unavailable.',
    matches: (trouble) => trouble.from === 'vault' && (trouble.status >= 500 || trouble.status === 408),
    kind: 'unavailable',
    cause: '{vault} has a failure of its own, so {secret} could not be read. {said}',
    remedy: `${WAIT} look at the vault's Azure service health.`,
  },
  {
    sample:
      '400 No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.',
    matches: (trouble) =>
      trouble.from === 'identity' &&
      trouble.status !== null &&
      trouble.status >= 400 &&
      trouble.status < 500 &&
      trouble.status !== 429,
    kind: 'forbidden',
    cause: 'The app has no such managed identity, so {secret} could not be read from {vault}. {said}',
    remedy:
      "Assign the managed identity to the app, and set the client id in the app's settings to that identity's.",
  },
  {
    sample: 'CredentialUnavailableError: ManagedIdentityCredential: Network unreachable.',
    matches: ({ from }) => from === 'identity',
    kind: 'unavailable',
    cause: 'The app got no token of its managed identity, so {secret} could not be read from {vault}. {said}',
    remedy: `${WAIT} restart the app, and check that a managed identity is assigned to it.`,
  },
  {
    sample: 'no answer within 10 seconds',
    matches: ({ from }) => from === 'timeout',
    kind: 'unavailable',
    cause: "{vault}, or the endpoint for the app's tokens, did not answer {said} when {secret} was read.",
    remedy: `${WAIT} look at the vault's Azure service health, and check ${REACH}.`,
  },
  {
    sample: '400 BadParameter: The request URI contains an invalid name: my_secret',
    matches: ({ from }) => from === 'vault',
    kind: 'unavailable',
    cause: '{vault} did not give out {secret}. {said}',
    remedy:
      "Check HVE_KEY_VAULT_URI (https://NAME.vault.azure.net), and the secret's name in HVE_ACCOUNTS or HVE_OAUTH_SECRET (letters, digits and hyphens only).",
  },
  {
    sample: 'getaddrinfo ENOTFOUND contoso.vault.azure.net',
    matches: () => true,
    kind: 'unavailable',
    cause: '{vault} could not be reached to read {secret}. {said}',
    remedy: `Check HVE_KEY_VAULT_URI (https://NAME.vault.azure.net), and ${REACH}. It is tried again by itself.`,
  },
];

/** The failure in the operator's words. It names the vault and the secret, never a value. */
export function describeKeyVaultTrouble(
  trouble: KeyVaultTrouble,
  place: { readonly uri: string; readonly name: string },
): KeyVaultFailure {
  const rule = RULES.find(({ matches }) => matches(trouble));
  if (rule === undefined) throw new Error('The last rule matches everything.');
  const words: Readonly<Record<string, string>> = {
    secret: `the secret "${place.name}"`,
    vault: `Key Vault ${place.uri}`,
    said: saidBy(trouble),
  };
  const fill = (text: string): string =>
    text.replaceAll(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '').trim();
  const retryAfterMs = trouble.from === 'vault' ? trouble.retryAfterMs : null;
  return { kind: rule.kind, cause: fill(rule.cause), remedy: fill(rule.remedy), retryAfterMs };
}

function saidBy(trouble: KeyVaultTrouble): string {
  if (trouble.from === 'emptyValue') return '';
  if (trouble.from === 'timeout') return `within ${trouble.timeoutMs / 1000} s`;
  if (trouble.from !== 'vault') return trouble.said;
  return [`HTTP ${trouble.status}`, trouble.code, trouble.said].filter((part) => part !== '').join(' ');
}
