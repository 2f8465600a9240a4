import { makeFastTransport } from '../../../../../shared/adapters/smtp/fast/fastTransport.ts';
import { describeMailTransport } from '../../../../contracts/mailTransport.ts';

describeMailTransport('fast, CHUNKING', (settings) => makeFastTransport({ ...settings, window: 2 }), [
  'PIPELINING',
  'CHUNKING',
]);
describeMailTransport('fast, PIPELINING', (settings) => makeFastTransport({ ...settings, window: 2 }));
describeMailTransport('fast, plain', (settings) => makeFastTransport({ ...settings, window: 2 }), []);
