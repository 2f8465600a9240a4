import { MAX_WORD_CHARACTERS, renderField } from './field.ts';
import { renderTextField } from './textField.ts';

/** In-Reply-To and References (RFC 5322 section 3.6.4): ids with their angle brackets, which producers tend to leave out. */
export function renderMessageIdsField(name: string, text: string): string {
  const ids = text.match(/[^ ]+/g) ?? [];
  const words = ids.map((id) => ` ${id.startsWith('<') ? '' : '<'}${id}${id.endsWith('>') ? '' : '>'}`);
  const isPlain = words.every((word) => /^[ -~]+$/.test(word) && word.length <= MAX_WORD_CHARACTERS);
  // Nothing that refers to a message; it may stand there all the same.
  if (!isPlain) return renderTextField(name, text);
  return words.length === 0 ? '' : renderField(name, words);
}
