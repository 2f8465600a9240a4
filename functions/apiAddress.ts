import type { HttpRequest } from '@azure/functions';

/**
 * The API's address as its callers know it, without a slash at its end: HVE_API_URI, or what was called. No forwarded header is
 * followed: anybody can send one, and what stands before the app is for its operator to say.
 */
export function apiAddress(apiUri: string | null, request: HttpRequest): string {
  return apiUri ?? `${new URL(request.url).origin}/api`;
}
