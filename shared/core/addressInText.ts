/**
 * Addresses in whatever text (pure): RFC 5321's, and more than those: a quoted local part or any characters of one; a domain, an address
 * literal, or nothing where the text was cut. What is found too much is a word less for whoever hides it; what is found too little
 * is a person's address. Each part is bounded, so that a long text costs no more than its length.
 */
export const ADDRESS_IN_TEXT =
  /(?:"[^"\r\n]{1,64}"|[^\s<>(),:;[\]\\@]{1,128})@(?:\[[^\]\s]{0,64}\]|[^\s<>"'(),;:=[\]{}|\\@]{0,255})/gu;
