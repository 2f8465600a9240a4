import { cutMail } from '../cutMail.ts';
import { endsLine, stuffDots } from './stuffDots.ts';
import type { Transmission } from './transmission.ts';

/**
 * What is handed to the socket at once: small, so that the point of no return comes when the rest of the mail has left but
 * for this and what the sockets buffer.
 */
const PIECE_BYTES = 64 * 1024;

/**
 * The data after DATA's 354. Until the last piece goes the server has no end of the data and cannot take the message,
 * whatever becomes of the connection.
 */
export async function sendData(transmission: Transmission): Promise<void> {
  transmission.expectEnd();
  let atLineStart = true;
  for (const { bytes, isLast } of cutMail(transmission.parts(), PIECE_BYTES)) {
    const stuffed = stuffDots(bytes, atLineStart);
    atLineStart = endsLine(bytes);
    if (!isLast) {
      transmission.write(stuffed);
      await transmission.drained();
      if (transmission.goesOn) continue;
      transmission.breakOff();
      return;
    }
    if (!transmission.mayEnd()) {
      transmission.breakOff();
      return;
    }
    transmission.write(stuffed);
    transmission.write(atLineStart ? '.\r\n' : '\r\n.\r\n');
  }
  transmission.written();
  await transmission.answered();
}
