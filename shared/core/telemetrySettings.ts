/** What telemetry goes by. Read apart from the other settings: it must work where those are broken, to say so. */
import { given } from './connectionSettings.ts';
import type { Values } from './connectionSettings.ts';
import { parseSettings } from './settings.ts';
import { SETTINGS } from './settingTable.ts';
import type { SettingDefinition } from './settingTable.ts';

export interface TelemetrySettings {
  /** Where it goes; null: nothing is exported. */
  readonly destination: TelemetryDestination | null;
  /** Of the messages, whose traces are kept though nothing failed. */
  readonly samplePercent: number;
  /** Log lines for each message that needs nobody. */
  readonly logDetails: boolean;
  /**
   * Log lines go to the console too. In Azure the host exports what stands there, a second time: so only where nothing is
   * exported, or on one's own machine.
   */
  readonly toConsole: boolean;
  /** The only addresses that telemetry may name. */
  readonly accounts: readonly string[];
}

export interface TelemetryDestination {
  readonly connectionString: string;
  /** null: by the instrumentation key in the connection string; else as the app's managed identity. */
  readonly identity: { readonly clientId: string | null } | null;
  /** The function app and its instance, as Azure names them; null: elsewhere. */
  readonly appName: string | null;
  readonly instanceId: string | null;
}

/** As Azure, or `az monitor app-insights component show`, gives it. */
const CONNECTION_STRING = 'APPLICATIONINSIGHTS_CONNECTION_STRING';
/** `Authorization=AAD`, with `ClientId=…` for a user-assigned identity. The host reads it too. */
const AUTHENTICATION = 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING';
const APP_NAME = 'WEBSITE_SITE_NAME';
const INSTANCE = 'WEBSITE_INSTANCE_ID';
/** Azure's names for instances have 64 characters; twelve tell them apart, and stand on every row. */
const INSTANCE_CHARACTERS = 12;

/** Never throws; what is wrong counts as not set, and parseSettings says so. */
export function parseTelemetrySettings(values: Values): TelemetrySettings {
  const connectionString = given(values, CONNECTION_STRING);
  const appName = given(values, APP_NAME);
  const isExported = connectionString !== null;
  const settings = parseSettings(values);
  const logDetails = valueOf(values, SETTINGS.logDetails);
  return {
    destination: isExported
      ? {
          connectionString,
          identity: parseAuthentication(given(values, AUTHENTICATION) ?? ''),
          appName,
          instanceId: given(values, INSTANCE)?.slice(0, INSTANCE_CHARACTERS) ?? null,
        }
      : null,
    samplePercent: valueOf(values, SETTINGS.traceSamplePercent),
    logDetails: logDetails ?? !isExported,
    toConsole: !isExported || appName === null,
    accounts: settings.ok ? settings.settings.accounts.map(({ address }) => address) : [],
  };
}

function parseAuthentication(text: string): { readonly clientId: string | null } | null {
  const parts = new Map(
    text.split(';').map((part): [string, string] => {
      const [name = '', ...value] = part.split('=');
      return [name.trim().toLowerCase(), value.join('=').trim()];
    }),
  );
  if (parts.get('authorization')?.toUpperCase() !== 'AAD') return null;
  return { clientId: parts.get('clientid') ?? null };
}

function valueOf<T>(values: Values, definition: SettingDefinition<T>): T {
  const text = given(values, definition.name);
  const read = text === null ? null : definition.schema.safeParse(text);
  return read?.success === true ? read.data : definition.fallback;
}
