/** The environment of the host process: what the app reads as its settings, and what bindings refer to by name. */
export type AppSettings = Readonly<Record<string, string | undefined>>;

/** Where the host keeps its own state, as in Azure, and what a binding without a connection uses. */
const HOST_CONNECTION = 'AzureWebJobsStorage';

/** Replaces each `%NAME%` by the app setting NAME. Throws when there is none: the function cannot be run then. */
export function resolveSettings(text: string, settings: AppSettings): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined || value === '') {
      throw new Error(`The app setting ${name} is not set, but a binding says "${text}".`);
    }
    return value;
  });
}

/** The connection string that a binding's `connection` names, directly or with the old prefix AzureWebJobs. */
export function connectionString(name: string | undefined, settings: AppSettings): string {
  const setting = name ?? HOST_CONNECTION;
  const value = settings[setting] ?? settings[`AzureWebJobs${setting}`];
  if (value === undefined || value === '') {
    const identity = settings[`${setting}__queueServiceUri`];
    throw new Error(
      identity === undefined
        ? `The app setting ${setting} is not set: it must be the connection string of a storage account.`
        : `The local host knows connection strings only, but ${setting} is a connection by identity (${setting}__queueServiceUri).`,
    );
  }
  return value;
}
