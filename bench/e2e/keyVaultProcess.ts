/** A process with the stand-in for Key Vault and for the endpoint of the app's identity. */
import { startKeyVault } from '../../local/keyVault/startKeyVault.ts';
import { serveCalls } from '../serveCalls.ts';

export interface KeyVaultArgument {
  readonly tls: { readonly key: string; readonly cert: string };
  readonly secrets: Readonly<Record<string, string>>;
}

export interface OpenedKeyVault {
  readonly port: number;
  /** With which a process has the identity. */
  readonly environment: Readonly<Record<string, string>>;
}

serveCalls({
  async open({ tls, secrets }: KeyVaultArgument): Promise<OpenedKeyVault> {
    const { uri, environment } = await startKeyVault({ tls, secrets, identityClientId: null });
    return { port: Number(new URL(uri).port), environment };
  },
});
