/** How an application proves to Entra ID who it is. */
export type ApplicationCredential =
  | { readonly kind: 'secret'; readonly secret: string; readonly isExpired?: boolean }
  /** PEM, without the key. */
  | { readonly kind: 'certificate'; readonly certificate: string }
  /** A federated credential: the audience of a token of the app's managed identity; `null` for a token that is none. */
  | { readonly kind: 'federated'; readonly audienceOf: (assertion: string) => string | null };

/** An application as its tenant knows it. */
export interface Application {
  readonly clientId: string;
  readonly credential: ApplicationCredential;
  readonly isDisabled: boolean;
  /** The application permissions that have admin consent, such as `Mail.Send`. */
  readonly roles: readonly string[];
  /** The accounts on whose allowed list it is (`Add-HVEAppAccess`). */
  readonly accounts: readonly string[];
  readonly tokenLifeSeconds: number;
}
