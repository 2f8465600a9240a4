import type { Mailbox } from '../../../core/message.ts';
import { encodeWords, looksEncoded } from './encodedWords.ts';
import { renderField, wordsOf } from './field.ts';

/** RFC 5322 section 3.2.3, the characters of atoms, with single blanks between them. */
const ATOMS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
/** A longer name goes as encoded words, which can be folded anywhere: quoted, each character may take two. */
const MAX_QUOTED_CHARACTERS = 256;
/** A shorter mailbox is not folded inside: quotes that go over two lines are not what every reader expects. */
const UNFOLDED_CHARACTERS = 72;

/** From, To, Cc, Reply-To (RFC 5322 section 3.4): at least one mailbox, checked by `checkAddress`. */
export function renderMailboxesField(name: string, mailboxes: readonly Mailbox[]): string {
  const last = mailboxes.length - 1;
  const words = mailboxes.flatMap(({ address, displayName }, index) => {
    const end = index < last ? ',' : '';
    if (displayName === null || displayName === '') return ` ${bare(address)}${end}`;
    const bracketed = ` <${bare(address)}>${end}`;
    const phrase = plainPhrase(displayName);
    if (phrase === null) return [...encodeWords(displayName).map((word) => ` ${word}`), bracketed];
    return phrase.length + bracketed.length <= UNFOLDED_CHARACTERS
      ? ` ${phrase}${bracketed}`
      : [...wordsOf(phrase), bracketed];
  });
  return renderField(name, words);
}

/** A display name as atoms or in quotes; null where it must be encoded. */
function plainPhrase(name: string): string | null {
  if (ATOMS.test(name)) return looksEncoded(name) ? null : name;
  if (looksEncoded(name) || name.length > MAX_QUOTED_CHARACTERS || !/^[ -~]*$/.test(name)) return null;
  return `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Of an address that was never checked, what can be one: it must end neither the address nor the field. */
function bare(address: string): string {
  return address.replaceAll(/[^A-Za-z0-9!#$%&'*+/=?^_`{|}~.@-]+/g, '');
}
