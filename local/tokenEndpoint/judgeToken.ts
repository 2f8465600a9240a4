import { z } from 'zod';
import { readClaims } from '../keyVault/accessToken.ts';
import { EXCHANGE_RESOURCE } from './answerTokenRequest.ts';
import type { Application } from './application.ts';

const claimsSchema = z.object({
  aud: z.string(),
  appid: z.string(),
  roles: z.array(z.string()),
  exp: z.number(),
});

/** HVE wants about ten minutes. */
const MARGIN_SECONDS = 600;

const REFUSALS = {
  failed: '535 5.7.127 XOAUTH2 authentication failed',
  expired: '535 5.7.143 Expired token',
  expiresSoon: '535 5.7.142 Token will expire soon',
  noPermission: '535 5.7.144 XOAUTH2 authentication failed. Invalid API permissions',
  notAllowed: '550 5.7.240 The application is not allowed for use with this High Volume Email account',
} as const;

/** What HVE says to a login with that token: `ok`, or the whole reply that refuses it. */
export function judgeToken(
  key: Buffer,
  application: Application,
  account: string,
  token: string,
  now: Date,
): string {
  const claims = claimsSchema.safeParse(readClaims(key, token)).data;
  if (claims === undefined || claims.aud !== EXCHANGE_RESOURCE) return REFUSALS.failed;
  const leftSeconds = claims.exp - now.getTime() / 1000;
  if (leftSeconds <= 0) return REFUSALS.expired;
  if (leftSeconds < MARGIN_SECONDS) return REFUSALS.expiresSoon;
  if (!claims.roles.includes('Mail.Send')) return REFUSALS.noPermission;
  const isAllowed = claims.appid === application.clientId && application.accounts.includes(account);
  return isAllowed ? 'ok' : REFUSALS.notAllowed;
}
