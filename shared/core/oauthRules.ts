/** What went wrong on the way to an access token, as the adapter saw it. `said` is one line, never a secret or a token. */
export type TokenTrouble =
  /** Entra ID's token endpoint answered, and not with a token. */
  | {
      readonly from: 'entra';
      readonly status: number;
      /** Of the AADSTS errors, as the answer's `error_codes` have them; empty when it had none. */
      readonly codes: readonly number[];
      readonly said: string;
      readonly retryAfterMs: number | null;
    }
  /** The endpoint for the tokens of the app's managed identity; `status` is `null` when it did not answer. */
  | { readonly from: 'identity'; readonly status: number | null; readonly said: string }
  /** The value in Key Vault is no certificate with its key. */
  | { readonly from: 'certificate'; readonly said: string }
  /** A token came, and HVE takes none that lives so short. */
  | { readonly from: 'shortLived'; readonly lifeMs: number }
  | { readonly from: 'network'; readonly said: string }
  | { readonly from: 'timeout'; readonly timeoutMs: number };

export interface TokenFailure {
  /**
   * `secretRefused`: the application's secret or certificate is the cause, another version may be right; `refused`: only a person
   * can help; `throttled` and `unavailable` pass, and say nothing against the token before.
   */
  readonly kind: 'secretRefused' | 'refused' | 'throttled' | 'unavailable';
  /** In short, in the place of a server's reply: `Entra ID: AADSTS7000215`. */
  readonly said: string;
  readonly cause: string;
  readonly remedy: string;
  readonly retryAfterMs: number | null;
}

/** HVE refuses a token with less left. */
export const HVE_TOKEN_MARGIN_MS = 600_000;

interface Rule {
  /** A real error that this rule is for. */
  readonly sample: string;
  readonly matches: (trouble: TokenTrouble) => boolean;
  readonly kind: TokenFailure['kind'];
  /** `{secret}`, `{application}`, `{tenant}`, `{host}` and `{said}` are filled in. */
  readonly cause: string;
  readonly remedy: string;
}

const WAIT = 'Nothing: it is tried again by itself. If it lasts,';
const NEW_VERSION = 'A new version is taken at once, without a restart.';

const saidCode =
  (...codes: readonly number[]) =>
  (trouble: TokenTrouble): boolean =>
    trouble.from === 'entra' && trouble.codes.some((code) => codes.includes(code));

/** The first that matches. The last one matches all that is left: the unknown waits and is tried again. */
const RULES: readonly Rule[] = [
  {
    sample:
      "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '66666666-7777-8888-9999-000000000000'.",
    matches: saidCode(7_000_215),
    kind: 'secretRefused',
    cause: 'Entra ID does not take {secret} for {application}. {said}',
    remedy: `Put the value (not the id) of a client secret of the application into {secret}. ${NEW_VERSION}`,
  },
  {
    sample:
      "AADSTS7000222: The provided client secret keys for app '66666666-7777-8888-9999-000000000000' are expired.",
    matches: saidCode(7_000_222),
    kind: 'secretRefused',
    cause: 'The client secret of {application} has expired. {said}',
    remedy: `Make a new client secret at the application (Certificates & secrets) and put its value into {secret}. ${NEW_VERSION}`,
  },
  {
    sample:
      'AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application.',
    matches: saidCode(700_027, 700_030, 7_000_214, 700_023),
    kind: 'secretRefused',
    cause: 'Entra ID does not take the certificate in {secret} for {application}. {said}',
    remedy: `Upload the certificate of {secret} to the application (Certificates & secrets), or put one into {secret} that is there and has not expired. ${NEW_VERSION}`,
  },
  {
    sample: 'AADSTS700024: Client assertion is not within its valid time range.',
    matches: saidCode(700_024),
    kind: 'unavailable',
    cause: 'Entra ID takes the proof of {application} for expired or not yet valid. {said}',
    remedy: `${WAIT} the clock of the machine is wrong.`,
  },
  {
    sample:
      'AADSTS700213: No matching federated identity record found for presented assertion subject. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.',
    matches: saidCode(70_021, 700_211, 700_212, 700_213, 700_238),
    kind: 'refused',
    cause: "{application} has no federated credential for the app's managed identity. {said}",
    remedy:
      "Add a federated credential to the application: scenario managed identity, the app's user-assigned identity (subject: its object id), audience api://AzureADTokenExchange. It takes some minutes to work.",
  },
  {
    sample:
      "AADSTS700016: Application with identifier '66666666-7777-8888-9999-000000000000' was not found in the directory 'Contoso'.",
    matches: saidCode(700_016, 7_000_229),
    kind: 'refused',
    cause: 'Entra ID does not know {application} in {tenant}. {said}',
    remedy:
      'Correct HVE_OAUTH_CLIENT_ID (the application (client) id) or HVE_OAUTH_TENANT_ID, or give admin consent to the application in that tenant.',
  },
  {
    sample: "AADSTS7000112: Application '66666666-7777-8888-9999-000000000000'(mailer) is disabled.",
    matches: saidCode(7_000_112),
    kind: 'refused',
    cause: '{application} is disabled. {said}',
    remedy: 'Enable it: Entra ID, enterprise applications, the application, properties.',
  },
  {
    sample: "AADSTS90002: Tenant '11111111-2222-3333-4444-555555555555' not found.",
    matches: saidCode(90_002, 900_023, 900_021),
    kind: 'refused',
    cause: 'Entra ID does not know {tenant}. {said}',
    remedy: 'Correct HVE_OAUTH_TENANT_ID: the directory (tenant) id on the overview page of Entra ID.',
  },
  {
    sample:
      'AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    matches: saidCode(53_000, 53_001, 53_002, 53_003, 530_032),
    kind: 'refused',
    cause: 'Conditional Access gives {application} no token. {said}',
    remedy: "Exclude the application from the policy for workload identities, or allow the app's network.",
  },
  {
    sample:
      'AADSTS500011: The resource principal named https://outlook.office.com was not found in the tenant named Contoso.',
    matches: saidCode(500_011, 65_001, 650_052, 650_057, 70_011, 1_002_016),
    kind: 'refused',
    cause: 'Entra ID gives {application} no token for Exchange Online. {said}',
    remedy:
      'Give the application the application permission Mail.Send of Office 365 Exchange Online, with admin consent. The tenant needs Exchange Online.',
  },
  {
    sample: '429: AADSTS50196 or AADSTS90055: the server is throttling requests.',
    matches: (trouble) =>
      (trouble.from === 'entra' && trouble.status === 429) || saidCode(50_196, 90_055)(trouble),
    kind: 'throttled',
    cause: 'Entra ID gives {application} no more tokens for now. {said}',
    remedy: `${WAIT} find out who else asks for so many tokens for this application.`,
  },
  {
    sample: '503 AADSTS90033: A transient error has occurred. Please try again.',
    matches: (trouble) =>
      (trouble.from === 'entra' && (trouble.status >= 500 || trouble.status === 408)) ||
      saidCode(90_033)(trouble),
    kind: 'unavailable',
    cause: 'Entra ID has a failure of its own and gave no token. {said}',
    remedy: `${WAIT} look at the service health of Microsoft Entra.`,
  },
  {
    sample: '400 invalid_request: AADSTS900144: The request body must contain the following parameter',
    matches: (trouble) => trouble.from === 'entra' && trouble.status >= 400,
    kind: 'refused',
    cause: 'Entra ID gives {application} no token. {said}',
    remedy:
      'Look the AADSTS number up at https://login.microsoftonline.com/error, check the HVE_OAUTH_ settings and the sign-in log of the application (service principal sign-ins).',
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
    kind: 'refused',
    cause: 'The app has no such managed identity, so {application} could not prove who it is. {said}',
    remedy: 'Assign the managed identity to the app, and set HVE_STORAGE__clientId to its client id.',
  },
  {
    sample: 'CredentialUnavailableError: ManagedIdentityCredential: Network unreachable.',
    matches: ({ from }) => from === 'identity',
    kind: 'unavailable',
    cause: "The app's managed identity gave no token, so {application} could not prove who it is. {said}",
    remedy: `${WAIT} restart the app, and check that a managed identity is assigned to it.`,
  },
  {
    sample: 'there is no private key in it',
    matches: ({ from }) => from === 'certificate',
    kind: 'secretRefused',
    cause: '{secret} cannot be used as the certificate of {application}: {said}.',
    remedy: `Put the certificate and its private key as PEM, without a passphrase, into {secret} (imported certificates: content type application/x-pem-file). ${NEW_VERSION}`,
  },
  {
    sample: 'a token that lives for 300 s',
    matches: ({ from }) => from === 'shortLived',
    kind: 'refused',
    cause: `Entra ID gives {application} tokens that live for {said}; HVE takes none with less than ${HVE_TOKEN_MARGIN_MS / 1000} s left.`,
    remedy:
      'Lengthen the lifetime of access tokens: the token lifetime policy of the application or the tenant (an hour is usual).',
  },
  {
    sample: 'no answer within 15 seconds',
    matches: ({ from }) => from === 'timeout',
    kind: 'unavailable',
    cause: '{host}, or the endpoint for the tokens of the app’s identity, did not answer within {said}.',
    remedy: `${WAIT} check that the app's network (firewall, proxy, NAT) reaches {host} on port 443.`,
  },
  {
    sample: 'getaddrinfo ENOTFOUND login.microsoftonline.com',
    matches: () => true,
    kind: 'unavailable',
    cause: 'No token could be fetched from {host}. {said}',
    remedy: `${WAIT} check that the app's network (DNS, firewall, proxy, NAT) reaches {host} on port 443.`,
  },
];

/** The failure in the operator's words. */
export function describeTokenTrouble(
  trouble: TokenTrouble,
  place: {
    readonly host: string;
    readonly tenantId: string;
    readonly clientId: string;
    /** The name in Key Vault; null where the managed identity is the proof. */
    readonly secret: string | null;
  },
): TokenFailure {
  const rule = RULES.find(({ matches }) => matches(trouble));
  if (rule === undefined) throw new Error('The last rule matches everything.');
  const words: Readonly<Record<string, string>> = {
    secret: `the secret "${place.secret ?? ''}" in Key Vault`,
    application: `the application ${place.clientId}`,
    tenant: `tenant ${place.tenantId}`,
    host: place.host,
    said: saidBy(trouble),
  };
  const fill = (text: string): string => {
    const filled = text.replaceAll(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '').trim();
    return filled.charAt(0).toUpperCase() + filled.slice(1);
  };
  return {
    kind: rule.kind,
    said: inShort(trouble),
    cause: fill(rule.cause),
    remedy: fill(rule.remedy),
    retryAfterMs: trouble.from === 'entra' ? trouble.retryAfterMs : null,
  };
}

function saidBy(trouble: TokenTrouble): string {
  switch (trouble.from) {
    case 'entra':
      return `HTTP ${trouble.status} ${trouble.said}`.trim();
    case 'shortLived':
      return `${Math.floor(trouble.lifeMs / 1000)} s`;
    case 'timeout':
      return `${trouble.timeoutMs / 1000} s`;
    case 'identity':
    case 'certificate':
    case 'network':
      return trouble.said;
  }
}

function inShort(trouble: TokenTrouble): string {
  switch (trouble.from) {
    case 'entra': {
      const [code] = trouble.codes;
      return `Entra ID: ${code === undefined ? `HTTP ${trouble.status}` : `AADSTS${code}`}`;
    }
    case 'identity':
      return `managed identity: ${trouble.status === null ? 'no answer' : `HTTP ${trouble.status}`}`;
    case 'certificate':
      return 'Key Vault: not a certificate';
    case 'shortLived':
      return 'Entra ID: token too short-lived';
    case 'network':
      return 'Entra ID: not reached';
    case 'timeout':
      return 'Entra ID: no answer';
  }
}
