/**
 * Which names of members say that a value must not be logged.
 *
 * @module
 */
import { once } from "../once.ts";

/**
 * What is masked of a value by its member's name: all of it, or text alone (`tokens: 512` is a count,
 * `tokens: ["..."]` is not). Numbers below, so that a name is told by one comparison.
 */
export type Sensitivity = "none" | "text" | "all";

/** The words of a text, when they are first needed: a cold start has use for none. */
const listOnce = (words: string): (() => readonly string[]) =>
  once(() => words.trim().split(/\s+/));

/** Words that say so when they come last; alone or joined to others (`dbpassword`). */
const endings = listOnce(`
  password passwd passphrase passcode passwort kennwort contrasena senha motdepasse secret
  credential authorization cookie token assertion apikey accesskey secretkey privatekey
  signingkey encryptionkey decryptionkey authkey masterkey sessionkey sharedkey accountkey
  storagekey servicekey clientkey consumerkey webhookkey subscriptionkey licensekey hmackey
  aeskey datakey deploykey signature codeverifier samlresponse sessionid
  sessid authcode authorizationcode verificationcode securitycode recoverycode backupcode
  onetimecode otpcode mfacode connectsid confirmationcode accesscode unlockcode
  seedphrase recoveryphrase securityanswer appkey functionskey tlskey sslkey sshkey cardnumber
  cardno ccnumber ccnum creditcard debitcard cardcode cvccode accountnumber bankaccount
  routingnumber socialsecuritynumber socialsecurity passportnumber passportno nationalid
  nationalinsurancenumber taxid taxnumber taxpayerid identitynumber personalid driverslicense
  driverlicense driverslicensenumber driverlicensenumber drivinglicence licencenumber`);

/** Words that say so when they come last and stand by themselves. */
const ownWords = listOnce(`
  pwd pin otp totp hotp cvv cvc csc cvn ssn pan iban jwt sig nino passport hmac bearer csrf
  xsrf psk puk mnemonic pw pswd creds`);

/** Those that are counts or flags as well. */
const TEXT_WORDS = ["tokens", "pass", "passes"];

/** Tokens that let nobody in. */
const harmless = listOnce(`
  nexttoken pagetoken continuationtoken paginationtoken pagingtoken synctoken startingtoken
  canceltoken cancellationtoken idempotencytoken requesttoken cursortoken resumetoken
  designtoken publictoken`);

/** What may follow such a word: the value is the secret all the same. */
const qualifiers = listOnce(`
  value plain plaintext text raw hash hashed encoded encrypted string binary base64 b64 hex
  new old current previous confirm confirmation confirmed repeat repeated again header salt
  pem digest`);

/** Made when they are first needed: the tables behind them take 0.3 ms. */
const unicode = once(() => ({
  word: /\p{Lu}?[\p{Ll}\p{Lo}]+|\p{Lu}+(?!\p{Ll})|\d+/gu,
  accents: /\p{M}/gu,
}));
/** The masks of secrets that stood in a name. */
const MASKS = /\[(?:redacted|hmac)[^[\]]{0,64}\]/g;

/** Longer names are told by their end. */
const MAX_NAME_LENGTH = 64;

/** How many names are remembered: more than an application has, and few enough for an attacker's. */
const MAX_REMEMBERED = 1024;

/** Tells names apart, by the built-in rules and those of an application. */
export function createNames(
  masked: readonly string[],
  kept: readonly string[],
): (name: string) => Sensitivity {
  const maskedNames = new Set(masked.map(joined));
  const keptNames = new Set(kept.map(joined));
  const remembered = new Map<string, Sensitivity>();

  function classify(name: string): Sensitivity {
    const words = wordsOf(name);
    if (keptNames.has(words.join(""))) return "none";
    for (let start = 0; start < words.length; start++) {
      if (maskedNames.has(words.slice(start).join(""))) return "all";
    }
    return builtIn(words);
  }

  return (name) => {
    let sensitivity = remembered.get(name);
    if (sensitivity === undefined) {
      sensitivity = classify(name);
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      // A copy: a slice would hold the text that it was cut from.
      if (name.length <= MAX_NAME_LENGTH) remembered.set(Buffer.from(name).toString(), sensitivity);
    }
    return sensitivity;
  };
}

function builtIn(words: readonly string[]): Sensitivity {
  let count = words.length;
  while (count > 0 && isQualifier(words[count - 1] as string)) count--;
  const last = words[count - 1];
  if (last === undefined) return "none";
  if (TEXT_WORDS.includes(last)) return "text";
  if (ownWords().includes(last)) return "all";
  const name = words.slice(0, count).join("");
  const singular = name.endsWith("s") ? name.slice(0, -1) : name;
  const isSecret = endings().some((ending) => name.endsWith(ending) || singular.endsWith(ending));
  return isSecret && !harmless().some((ending) => name.endsWith(ending)) ? "all" : "none";
}

const isQualifier = (word: string): boolean => qualifiers().includes(word) || /^\d/.test(word);

/** The words of a name in any spelling, in lower case and without accents. */
function wordsOf(name: string): string[] {
  const { word, accents } = unicode();
  const end = name
    .slice(-MAX_NAME_LENGTH)
    .normalize("NFKD")
    .replace(accents, "")
    .replace(MASKS, " masked ");
  return end.match(word)?.map((found) => found.toLowerCase()) ?? [];
}

const joined = (name: string): string => wordsOf(name).join("");
