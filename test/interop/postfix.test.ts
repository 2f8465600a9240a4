import { describeInterop } from './describeInterop.ts';
import { missingForPostfix, startPostfix } from './startPostfix.ts';

describeInterop('Postfix', await missingForPostfix(), startPostfix);
