// AES-GCM by the browser's own WebCrypto. The key comes from the server at sign-in and is kept as
// an object that scripts can use but not read out; each record is bound to its id.

export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

const IV_BYTES = 12;

export function importKey(base64: string): Promise<CryptoKey> {
  const raw = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

export async function seal(key: CryptoKey, id: string, value: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt(parameters(iv, id), key, plain) };
}

/** Throws when the key is another one, or the record was moved or changed. */
export async function unseal<T>(key: CryptoKey, id: string, sealed: Sealed): Promise<T> {
  const plain = await crypto.subtle.decrypt(parameters(sealed.iv, id), key, sealed.data);
  return JSON.parse(new TextDecoder().decode(plain)) as T;
}

function parameters(iv: Uint8Array<ArrayBuffer>, id: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(id) };
}
