/** A further functions host of the running stack, set up as a deployment with Entra ID before its API. */
import { join } from 'node:path';
import { spawnHost } from '../../local/host/spawnHost.ts';
import { appSettings } from '../../local/stack/appSettings.ts';
import type { Stack } from '../../local/stack/startStack.ts';
import { ENTRA_ROLES } from '../../shared/core/api/callerRoles.ts';
import { withoutSettings } from '../e2e/harness.ts';
import { projectRoot } from '../tools.ts';

export interface EntraHost extends AsyncDisposable {
  /** Of its HTTP server: whoever reaches it directly could say what they like, so in Azure nobody does. */
  readonly origin: string;
}

export async function startEntraHost(stack: Stack, caFile: string): Promise<EntraHost> {
  const { storage, keyVault, smtp } = stack.endpoints();
  const { hostname: host, port } = new URL(smtp);
  const env = appSettings(withoutSettings(process.env), {
    storage,
    keyVaultUri: keyVault.uri,
    identity: { IDENTITY_ENDPOINT: keyVault.identityEndpoint, IDENTITY_HEADER: keyVault.identityHeader },
    smtp: { host, port: Number(port) },
    caFile,
  });
  const said: string[] = [];
  const running = await spawnHost({
    config: { bundle: join(projectRoot, 'dist', 'main.cjs'), hostJson: join(projectRoot, 'host.json') },
    env: { ...env, HVE_API_AUTH: 'entra', WEBSITE_AUTH_ENABLED: 'True' },
    onLine: (line) => said.push(line),
  });
  return {
    origin: `http://127.0.0.1:${running.port}`,
    [Symbol.asyncDispose]: async () => running.stop(),
  };
}

/** What App Service says of a caller with the producer's role. */
export const PRODUCER = Buffer.from(
  JSON.stringify({
    auth_typ: 'aad',
    name_typ: 'name',
    role_typ: 'roles',
    claims: [{ typ: 'roles', val: ENTRA_ROLES.producer }],
  }),
).toString('base64');
