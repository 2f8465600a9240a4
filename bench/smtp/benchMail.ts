/** The mails of the benchmark: the same for every contender, and each a little different from the one before. */
import type { LoadedAttachment, MailContent } from '../../shared/ports.ts';
import { plainMessage } from '../plainMessage.ts';
import { ACCOUNT } from './contender.ts';

/** Up to here a mail is made larger by its words, above by a file. */
const WORDS_UP_TO_BYTES = 4000;
/** Of a mail with few words: header fields, boundaries and the two greetings. */
const FRAME_BYTES = 1100;
/** A file's bytes for a byte on the wire: base64 in lines of 76 characters. */
const FILE_PER_WIRE = 57 / 78;
/** With letters that are not ASCII, as in most of the world: they have to be encoded. */
const SENTENCE = 'The payslip of the Zürich branch is ready; please look it through.';

/** `number` is in the subject and in the text, so that no mail is quite the one before. */
export function makeContents(recipients: number, bytes: number): (number: number) => MailContent {
  const wordsBytes = bytes > WORDS_UP_TO_BYTES ? 0 : Math.max(bytes - FRAME_BYTES, 0);
  // They stand in the text and in the HTML.
  const sentences = Array.from({ length: Math.ceil(wordsBytes / 2 / (SENTENCE.length + 8)) }, () => SENTENCE);
  const text = ['', ...sentences, 'Payroll'].join('\n');
  const html = ['', ...sentences.map((sentence) => `<p>${sentence}</p>`), 'Payroll'].join('\n');
  const attachments = bytes > WORDS_UP_TO_BYTES ? [makeFile((bytes - FRAME_BYTES) * FILE_PER_WIRE)] : [];
  const to = Array.from({ length: recipients }, (_, index) => ({
    address: `r${index}@contoso.com`,
    displayName: null,
  }));
  return (number) => ({
    message: {
      ...MESSAGE,
      to,
      subject: `Payslip ${number}, Zürich`,
      text: `Payslip ${number}${text}`,
      html: `<h1>Payslip ${number}</h1>${html}`,
    },
    account: ACCOUNT,
    displayName: null,
    attachments,
    showRecipients: true,
    originalTo: null,
  });
}

function makeFile(bytes: number): LoadedAttachment {
  const content = Buffer.from(Array.from({ length: Math.ceil(bytes) }, (_, index) => (index * 31) % 256));
  return {
    name: 'payslip.pdf',
    contentType: 'application/pdf',
    contentId: null,
    disposition: 'attachment',
    content: { kind: 'bytes', bytes: content },
  };
}

const MESSAGE = plainMessage({ from: { sender: null, displayName: 'Payroll' } });
