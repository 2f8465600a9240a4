/** What a server of the stand-in answers; `stall` takes the request and never answers it. */
export type KeyVaultReply =
  | {
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | 'stall';

/** The shape of all of Key Vault's errors: https://learn.microsoft.com/azure/key-vault/general/rest-error-codes */
export function errorReply(
  status: number,
  code: string,
  message: string,
  options: { readonly innerCode?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): KeyVaultReply {
  const innererror = options.innerCode === undefined ? {} : { innererror: { code: options.innerCode } };
  const reply = { status, body: { error: { code, message, ...innererror } } };
  return options.headers === undefined ? reply : { ...reply, headers: options.headers };
}

export function secretNotFound(name: string): KeyVaultReply {
  return errorReply(
    404,
    'SecretNotFound',
    `A secret with (name/id) ${name} was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command.`,
  );
}

export function secretDisabled(operation: string): KeyVaultReply {
  return errorReply(403, 'Forbidden', `Operation ${operation} is not allowed on a disabled secret.`, {
    innerCode: 'SecretDisabled',
  });
}

export function badParameter(message: string): KeyVaultReply {
  return errorReply(400, 'BadParameter', message);
}
