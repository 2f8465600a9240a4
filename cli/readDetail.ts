import { messageSchema, type MessageDetail } from './answers.ts';
import type { Api } from './api.ts';

/** A message with all that the API says of it. Null: whoever asks has a producer's key, which reads no messages. */
export async function readDetail(
  api: Api,
  id: string,
): Promise<{ readonly raw: unknown; readonly parsed: MessageDetail } | null> {
  const { status, body } = await api.ask({ method: 'GET', path: `messages/${encodeURIComponent(id)}` });
  return status === 200 ? { raw: body, parsed: messageSchema.parse(body) } : null;
}
