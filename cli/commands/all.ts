/** Every command, in the order of the help. */
import type { Command } from '../command.ts';
import { accounts, pause, resume } from './accounts.ts';
import { apps } from './apps.ts';
import { cancel, release } from './changeMessage.ts';
import { dashboard } from './dashboard.ts';
import { deadLetters } from './deadLetters.ts';
import { doctor } from './doctor.ts';
import { erase } from './erase.ts';
import { health } from './health.ts';
import { message } from './message.ts';
import { messages } from './messages.ts';
import { redrive } from './redrive.ts';
import { send } from './send.ts';
import { usage } from './usage.ts';
import { watch } from './watch.ts';

export const COMMANDS: readonly Command[] = [
  send,
  watch,
  messages,
  message,
  cancel,
  release,
  deadLetters,
  redrive,
  usage,
  accounts,
  pause,
  resume,
  apps,
  erase,
  health,
  doctor,
  dashboard,
];
