import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROFILE_NAMES, PROFILES, SMTP_HOSTS } from '../../../shared/core/limits.ts';
import type { Limits } from '../../../shared/core/limits.ts';
import { parseSettings } from '../../../shared/core/settings.ts';
import { SETTINGS } from '../../../shared/core/settingTable.ts';
import { projectRoot } from '../../tools.ts';
import { withSection } from './docSection.ts';

const DOCUMENT = 'docs/configuration.md';
const definitions = Object.values(SETTINGS);

function renderSettings(): string {
  const rows = definitions.map(({ name, expected, defaultText, description, example }) => {
    const isDevelopmentOnly = definitions.some((each) => each.name === name && each.isDevelopmentOnly);
    const note = isDevelopmentOnly ? ' Development only: refused in Azure.' : '';
    return `| \`${name}\` | ${description}${note} | ${expected} | ${defaultText} | \`${example}\` |`;
  });
  return ['| setting | meaning | takes | default | example |', '|---|---|---|---|---|', ...rows].join('\n');
}

function renderProfiles(): string {
  const row = (title: string, setting: string, valueOf: (limits: Limits) => number | null): string => {
    const values = PROFILE_NAMES.map((name) => valueOf(PROFILES[name])?.toLocaleString('en') ?? 'none');
    return `| ${title} | ${setting} | ${values.join(' | ')} |`;
  };
  return [
    `| limit | setting | ${PROFILE_NAMES.map((name) => `\`${name}\``).join(' | ')} |`,
    '|---|---|---|---|',
    row('recipients a day', '`HVE_LIMIT_RECIPIENTS_PER_DAY`', (limits) => limits.recipientsPerDay),
    row('external recipients a day', '`HVE_LIMIT_EXTERNAL_PER_DAY`', (limits) => limits.externalPerDay),
    row(
      'recipients of a delivery',
      '`HVE_LIMIT_RECIPIENTS_PER_MESSAGE`',
      (limits) => limits.recipientsPerMessage,
    ),
    row('sender accounts', '`HVE_LIMIT_ACCOUNTS`', (limits) => limits.accounts),
    row('bytes of a message on the wire', '`HVE_LIMIT_MESSAGE_BYTES`', (limits) => limits.messageBytes),
    row('USD for a million delivered recipients', '', (limits) => limits.pricePerMillionUsd),
    `| server | \`HVE_SMTP_HOST\` | ${PROFILE_NAMES.map((name) => `\`${SMTP_HOSTS[name]}\``).join(' | ')} |`,
  ].join('\n');
}

describe('docs/configuration.md', () => {
  it('says of every setting what the code says; update it with `npx vitest run configurationDoc -u`', async () => {
    const document = readFileSync(join(projectRoot, DOCUMENT), 'utf8');
    const updated = withSection(
      withSection(document, 'settings', renderSettings()),
      'profiles',
      renderProfiles(),
    );
    await expect(updated).toMatchFileSnapshot(`../../../${DOCUMENT}`);
  });

  it('names no setting that does not exist', () => {
    const document = readFileSync(join(projectRoot, DOCUMENT), 'utf8');
    const known = new Set(definitions.map((definition) => definition.name));
    const named = [...document.matchAll(/`(HVE_[A-Z_]+[A-Z](?:__[a-zA-Z]+)?)`/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('gives only examples that the code takes', () => {
    const development = definitions.filter((definition) => definition.isDevelopmentOnly);
    expect(development).toHaveLength(4);
    const isIdentity = (name: string): boolean => name.startsWith('HVE_STORAGE__');
    const examplesOf = (wanted: (name: string) => boolean): Record<string, string> =>
      Object.fromEntries(
        definitions.filter(({ name }) => wanted(name)).map(({ name, example }) => [name, example]),
      );
    expect(parseSettings(examplesOf((name) => !isIdentity(name)))).toMatchObject({ ok: true, warnings: [] });
    expect(parseSettings(examplesOf((name) => name !== 'HVE_STORAGE'))).toMatchObject({ ok: true });
  });
});
