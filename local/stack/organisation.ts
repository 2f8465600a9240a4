/** The organisation whose High Volume Email the local stack plays, unless the settings say another. */
export const ORGANISATION_DOMAIN = 'contoso.com';

/** `secret` is the name of the password in the local Key Vault. */
export const ORGANISATION_ACCOUNTS = [
  { address: 'hve@contoso.com', secret: 'hve-contoso-com' },
  { address: 'payroll@contoso.com', secret: 'payroll-contoso-com' },
] as const;
