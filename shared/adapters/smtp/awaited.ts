import type { Step } from './smtpDialogue.ts';

/** What is waited for at each step, in words: `no answer to DATA within 60 s`. */
export const AWAITED: Record<Step, string> = {
  dns: 'the name',
  connect: 'greeting',
  tls: 'answer to STARTTLS',
  ehlo: 'answer to EHLO',
  auth: 'answer to the login',
  mail: 'answer to MAIL FROM',
  rcpt: 'answer to RCPT TO',
  data: 'answer to DATA',
  'end-of-data': 'answer to the end of the data',
  reset: 'answer to RSET',
  quit: 'answer to QUIT',
};
