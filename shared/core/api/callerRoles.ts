/**
 * Who calls, where Entra ID stands before the API: App Service takes this header off every call from outside and puts its own
 * in place, once it has checked the token or the session. Worth nothing where that sign-in is off. Pure.
 * https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
 */
import { z } from 'zod';

export const PRINCIPAL_HEADER = 'x-ms-client-principal';

/** The application roles, as docs/deploy.md has them made. */
export const ENTRA_ROLES = { producer: 'Mail.Submit', operator: 'Mail.Operate' } as const;

export interface Caller {
  readonly roles: readonly string[];
  /** The object id in Entra ID, of a person or an application; for the log. */
  readonly objectId: string | null;
}

const ROLE_CLAIMS = ['roles', 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role'];
const OBJECT_ID_CLAIMS = ['oid', 'http://schemas.microsoft.com/identity/claims/objectidentifier'];

const principalSchema = z.object({
  /** Which claims are the roles, beside the usual ones. */
  role_typ: z.string().nullish(),
  claims: z.array(z.object({ typ: z.string(), val: z.string() })),
});

/** The caller of a header's value: base64 of JSON. Null: no principal can be read from it, so nobody has signed in. */
export function readCaller(header: string | null): Caller | null {
  if (header === null) return null;
  const parsed = principalSchema.safeParse(parseJson(Buffer.from(header, 'base64').toString('utf8')));
  if (!parsed.success) return null;
  const { claims, role_typ: roleClaim } = parsed.data;
  const valuesOf = (names: readonly string[]): string[] =>
    claims.filter(({ typ }) => names.includes(typ)).map(({ val }) => val);
  return {
    roles: valuesOf([...ROLE_CLAIMS, ...(roleClaim ? [roleClaim] : [])]),
    objectId: valuesOf(OBJECT_ID_CLAIMS)[0] ?? null,
  };
}

/** An operator may submit too: a host key, which is the same role, opens every function. */
export function mayCall(access: 'producer' | 'operator', { roles }: Caller): boolean {
  if (roles.includes(ENTRA_ROLES.operator)) return true;
  return access === 'producer' && roles.includes(ENTRA_ROLES.producer);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
