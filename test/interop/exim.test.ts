import { describeInterop } from './describeInterop.ts';
import { missingForExim, startExim } from './startExim.ts';

describeInterop('Exim', await missingForExim(), startExim);
