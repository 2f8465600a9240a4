/**
 * Every `code` that an error of the API can have, with its status, what it means and what to do: the type of what handlers
 * answer, the OpenAPI document and the table in docs/api.md are made of it. What is wrong with a message, one by one, has
 * the codes of messageProblems.ts.
 */
interface ProblemRow {
  readonly status: number;
  readonly meaning: string;
  readonly remedy: string;
}

export const API_PROBLEMS = {
  invalid_message: {
    status: 400,
    meaning: 'The message is not valid; `errors` has every problem with where it is.',
    remedy: 'Correct the message; the same one is never accepted.',
  },
  invalid_query: {
    status: 400,
    meaning: 'A parameter of the query is wrong, or there is none of that name.',
    remedy: 'Correct what `errors` names.',
  },
  invalid_request: {
    status: 400,
    meaning: 'The body is not what the operation takes. Nothing was changed.',
    remedy: 'Correct what `errors` names.',
  },
  invalid_app: {
    status: 400,
    meaning: "The app's name or its rules are not valid. Nothing was changed.",
    remedy: 'Correct what `errors` names.',
  },
  not_signed_in: {
    status: 401,
    meaning:
      'With Entra ID: no token, or none that says who calls. (With keys the Functions host answers 401 itself, without a body.)',
    remedy: 'Send a token for this API, or sign in.',
  },
  role_missing: {
    status: 403,
    meaning: 'With Entra ID: the caller does not have the role that the operation needs.',
    remedy: 'An administrator assigns the role; a new token has it.',
  },
  forgeable_request: {
    status: 403,
    meaning: "With Entra ID: a change by a browser's session that a page of another site could have sent.",
    remedy: 'Send a token, or the header `X-Requested-With`.',
  },
  not_found: {
    status: 404,
    meaning: 'There is no such thing: no message or dead letter of that id, no account, no path.',
    remedy: 'Look at the id. What is older than the retention is gone.',
  },
  day_not_ended: {
    status: 404,
    meaning: 'The day has not ended, so it has no report.',
    remedy: 'Ask without `day` for the window that is open.',
  },
  claims_open: {
    status: 404,
    meaning: 'The day has ended, but its last mail may still be on its way.',
    remedy: 'Ask again within the hour.',
  },
  leases_open: {
    status: 404,
    meaning: 'The day has ended, but leases of its hours are still open.',
    remedy: 'Ask again in an hour; if that lasts, look at the health of the sweep.',
  },
  day_not_closed: {
    status: 404,
    meaning: 'The day has ended and is closed within the hour.',
    remedy: 'Ask again within the hour.',
  },
  no_record: {
    status: 404,
    meaning: 'There is no report of that day: no mail had been accepted by then, or it was pruned.',
    remedy: 'None.',
  },
  method_not_allowed: {
    status: 405,
    meaning: 'The path exists, the method on it does not; `Allow` names those that do.',
    remedy: 'Use one of them.',
  },
  final: {
    status: 409,
    meaning: 'The message is final: there is nothing left to stop.',
    remedy: 'Look at how it ended.',
  },
  wrong_state: {
    status: 409,
    meaning: 'The message is not in a state for this.',
    remedy:
      'Look at its status: held can be released; failed, partially_sent, expired and rejected redriven.',
  },
  still_rejected: {
    status: 409,
    meaning: 'The message was validated anew and is still not valid; `errors` says why.',
    remedy: 'Correct its cause (settings, the app’s rules), or have its producer send a corrected one.',
  },
  original_gone: {
    status: 409,
    meaning: 'The original of a rejected message is no longer kept.',
    remedy: 'Its producer must send it again.',
  },
  content_removed: {
    status: 409,
    meaning:
      'The content of the message was removed: its days were over, or one of its addresses was erased.',
    remedy: 'Its producer must send it again.',
  },
  repeats: {
    status: 409,
    meaning: 'Another message was accepted since under the same idempotency key.',
    remedy: 'None: that one counts.',
  },
  payload_removed: {
    status: 410,
    meaning:
      'The content of the message was removed: its days were over, or one of its addresses was erased.',
    remedy: 'None; what is recorded beside it is kept for longer.',
  },
  too_large: {
    status: 413,
    meaning: 'The message would be larger on the wire than High Volume Email takes.',
    remedy: 'Send less, or a link.',
  },
  key_reused: {
    status: 422,
    meaning: 'The idempotency key was used with another body.',
    remedy: 'A new message takes a new key.',
  },
  quota: {
    status: 429,
    meaning: 'The quota has no room for it, and the message says `onQuota: reject`. Nothing was recorded.',
    remedy: 'Send it again after `Retry-After`, which may be hours; or leave `onQuota` out.',
  },
  defect: {
    status: 500,
    meaning: 'A defect of hve-mailer.',
    remedy: 'Report it with the invocation that `detail` names; the same request may be sent again.',
  },
  configuration: {
    status: 503,
    meaning: 'The settings are wrong; nothing is sent and nothing is lost.',
    remedy: 'The operator finds what is wrong at `/api/health` and in the log.',
  },
  unavailable: {
    status: 503,
    meaning: 'Storage does not answer.',
    remedy: 'Send the same request again after `Retry-After`, with the same `Idempotency-Key`.',
  },
  newer_version: {
    status: 503,
    meaning: 'A newer version of the app wrote this; during a deployment that passes.',
    remedy: 'Send the same request again after `Retry-After`.',
  },
  sign_in_off: {
    status: 503,
    meaning: '`HVE_API_AUTH` is `entra`, but App Service Authentication does not stand before the app.',
    remedy: 'The operator turns it on again (`azd provision`).',
  },
} as const satisfies Readonly<Record<string, ProblemRow>>;

export type ApiProblemCode = keyof typeof API_PROBLEMS;
