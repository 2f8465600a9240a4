import { makeNodemailerTransport } from '../../../../shared/adapters/smtp/nodemailerTransport.ts';
import { describeMailTransport } from '../../../contracts/mailTransport.ts';

describeMailTransport('nodemailer', (settings) => makeNodemailerTransport(settings));
