import { simpleParser } from 'mailparser';
import type { Composer, MailContent } from '../../shared/ports.ts';

/** Whether the two make the same mail of it, as mailparser reads them. */
export async function saysTheSame(first: Composer, second: Composer, content: MailContent): Promise<boolean> {
  const [one, other] = await Promise.all([read(first, content), read(second, content)]);
  return one === other;
}

async function read(composer: Composer, content: MailContent): Promise<string> {
  const { pieces } = await composer.compose(content);
  const { from, to, subject, text, html, attachments } = await simpleParser(Buffer.concat([...pieces]), {
    skipHtmlToText: true,
    skipTextToHtml: true,
  });
  const files = attachments.map(({ filename, contentType, checksum }) => [filename, contentType, checksum]);
  // A mail that is text alone ends with a line end, added or not.
  const texts = [text, html || ''].map((body) => body?.trimEnd());
  return JSON.stringify([from?.value, to, subject, texts, files]);
}
