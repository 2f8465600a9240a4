import { randomBytes } from 'node:crypto';

export interface SecretVersion {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly version: string;
  readonly value: string;
  readonly contentType: string | undefined;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly createdAt: Date;
  enabled: boolean;
  updatedAt: Date;
}

export interface NewSecret {
  readonly value: string;
  readonly enabled?: boolean | undefined;
  readonly contentType?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface VaultSecrets {
  /** The newest version when none is named, whether it is enabled or not. */
  find(name: string, version?: string): SecretVersion | undefined;
  /** Oldest first. */
  versions(name: string): readonly SecretVersion[];
  names(): readonly string[];
  set(name: string, secret: NewSecret, now: Date): SecretVersion;
}

/** The secrets of one vault, in memory, with all their versions. Names are alike in upper and lower case. */
export function makeVaultSecrets(): VaultSecrets {
  const byName = new Map<string, SecretVersion[]>();
  const versionsOf = (name: string): SecretVersion[] => byName.get(name.toLowerCase()) ?? [];
  return {
    find: (name, version) =>
      version === undefined
        ? versionsOf(name).at(-1)
        : versionsOf(name).find((candidate) => candidate.version === version),
    versions: versionsOf,
    names: () => [...byName.values()].flatMap((versions) => versions.at(-1)?.name ?? []),
    set(name, secret, now) {
      const added: SecretVersion = {
        name,
        version: randomBytes(16).toString('hex'),
        value: secret.value,
        contentType: secret.contentType,
        tags: secret.tags,
        createdAt: now,
        enabled: secret.enabled ?? true,
        updatedAt: now,
      };
      byName.set(name.toLowerCase(), [...versionsOf(name), added]);
      return added;
    },
  };
}
