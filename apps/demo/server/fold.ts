/**
 * The text as a search compares it: lower case, without accents ("Łukasz Zoë" becomes "lukasz zoe"). Letters of scripts
 * without case or accents stay as they are.
 */
export function fold(text: string): string {
  const bare = text.toLowerCase().normalize("NFKD").replaceAll(/\p{M}/gu, "")
  return bare.replaceAll(/[łøđðıßæœþ]/g, (letter) => undecomposed[letter] ?? letter)
}

/** Letters that Unicode does not decompose into a base letter and a mark. */
const undecomposed: Readonly<Record<string, string>> = {
  ł: "l",
  ø: "o",
  đ: "d",
  ð: "d",
  ı: "i",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  þ: "th",
}
