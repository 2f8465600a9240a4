export const REPLY_CATALOGUE = [];
