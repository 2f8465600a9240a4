import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENTRA_ROLES } from '../../shared/core/api/callerRoles.ts';
import { operationNames, OPERATIONS } from '../../shared/core/api/operations.ts';
import { infraFolder } from './bicep.ts';

interface AppRole {
  readonly id: string;
  readonly value: string;
  readonly displayName: string;
  readonly description: string;
  readonly allowedMemberTypes: readonly string[];
  readonly isEnabled: boolean;
}

const roles = JSON.parse(readFileSync(join(infraFolder, 'apiRoles.json'), 'utf8')) as readonly AppRole[];

describe('the roles that docs/deploy.md has the application made with', () => {
  it('are those that the app looks for, and no others', () => {
    expect(roles.map(({ value }) => value)).toEqual(Object.values(ENTRA_ROLES));
  });

  it('can be given to people and to programs, as Entra ID wants them written', () => {
    for (const { id, displayName, description, allowedMemberTypes, isEnabled } of roles) {
      expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
      expect([displayName, description].every((text) => text.length > 0)).toBe(true);
      expect(allowedMemberTypes).toEqual(['Application', 'User']);
      expect(isEnabled).toBe(true);
    }
    expect(new Set(roles.map(({ id }) => id)).size).toBe(roles.length);
  });
});

describe('the paths that go past the sign-in', () => {
  const module = readFileSync(join(infraFolder, 'modules', 'apiAuthentication.bicep'), 'utf8');
  const [, list = ''] = /excludedPaths: \[([^\]]*)\]/.exec(module) ?? [];
  const excluded = [...list.matchAll(/'([^']+)'/g)].map(([, path = '']) => path);
  const isExcluded = (path: string): boolean =>
    excluded.some((one) => (one.endsWith('/*') ? path.startsWith(one.slice(0, -1)) : path === one));

  it('are those of the operations that anybody may call, and of no other', () => {
    expect(excluded.length).toBeGreaterThan(0);
    for (const name of operationNames()) {
      const { route, access }: { route: string; access: string } = OPERATIONS[name];
      expect([name, isExcluded(`/api/${route}`)]).toEqual([name, access === 'anyone']);
    }
  });
});
