import type { MailContent } from '../../../ports.ts';
import { renderMailboxesField } from './mailboxesField.ts';
import { renderMessageIdsField } from './messageIdsField.ts';
import { renderRawField, renderTextField } from './textField.ts';

/** For Outlook; 3 is normal. */
const X_PRIORITIES = { low: '5', high: '1' };

/** RFC 2156 section 5.1, as Outlook writes them. */
const SENSITIVITIES = { personal: 'Personal', private: 'Private', confidential: 'Company-Confidential' };

/** Lists of message ids. */
const MESSAGE_IDS = new Set(['in-reply-to', 'references']);

/** Few accounts and few names in one app; a producer that sends under as many names as it has users must not fill the memory. */
const FROM_FIELDS_KEPT = 500;

/** From, by account and display name: most mails of an instance have one of a few. */
export type FromField = (account: string, displayName: string | null) => string;

export function makeFromField(): FromField {
  const kept = new Map<string, string>();
  return (account, displayName) => {
    const key = `${account}\n${displayName ?? ''}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const field = renderMailboxesField('From', [{ address: account, displayName }]);
    kept.set(key, field);
    const oldest = kept.keys().next().value;
    if (kept.size > FROM_FIELDS_KEPT && oldest !== undefined) kept.delete(oldest);
    return field;
  };
}

/** The header fields of the mail but for those of MIME, and for Message-ID and Date, which belong to the transaction. */
export function renderHead(content: MailContent, fromField: FromField): string {
  const { message, account, displayName, showRecipients } = content;
  const { to, cc, replyTo, subject } = message;
  const isShown = showRecipients && to.length + cc.length > 0;
  let head = renderOwn(content, isShown) + fromField(account, message.from.displayName ?? displayName);
  if (isShown && to.length > 0) head += renderMailboxesField('To', to);
  if (isShown && cc.length > 0) head += renderMailboxesField('Cc', cc);
  if (replyTo.length > 0) head += renderMailboxesField('Reply-To', replyTo);
  return head + renderTextField('Subject', subject);
}

/** What this app says of the message, and the producer's own fields but for those. */
function renderOwn({ message, originalTo }: MailContent, isShown: boolean): string {
  const { importance, sensitivity, headers } = message;
  const own: [name: string, value: string][] = [];
  if (!isShown) own.push(['To', 'undisclosed-recipients:;']);
  if (importance !== 'normal') own.push(['Importance', importance], ['X-Priority', X_PRIORITIES[importance]]);
  if (sensitivity !== 'normal') own.push(['Sensitivity', SENSITIVITIES[sensitivity]]);
  if (originalTo !== null && originalTo.length > 0) own.push(['X-Original-To', originalTo.join(', ')]);
  const ours = new Set(own.map(([name]) => name.toLowerCase()));
  const theirs = headers.filter(({ name }) => !ours.has(name.toLowerCase()));
  return [...own.map(([name, value]) => ({ name, value })), ...theirs].map(renderCustomField).join('');
}

/** The name as it was written. */
function renderCustomField({ name, value }: { readonly name: string; readonly value: string }): string {
  // Printable ASCII without blanks and colons is all that a field's name can be.
  const safeName = name.replaceAll(/[^!-9;-~]/g, '');
  return MESSAGE_IDS.has(safeName.toLowerCase())
    ? renderMessageIdsField(safeName, value)
    : renderRawField(safeName, value);
}
