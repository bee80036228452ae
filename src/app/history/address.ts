/** The page's address names the conversation that is on it: `#c=` and its id. */
const PARAMETER = 'c';
const ID = /^[\w-]{1,64}$/;

/** Whether a conversation may be called so. */
export function isConversationId(id: string): boolean {
  return ID.test(id);
}

/** @returns null if the address names none */
export function conversationIn(address: Pick<URL, 'hash'>): string | null {
  const id = new URLSearchParams(address.hash.slice(1)).get(PARAMETER);
  return id !== null && isConversationId(id) ? id : null;
}

/** The same page with another conversation, or with none. */
export function addressOf(address: URL, id: string | null): URL {
  const named = new URL(address);
  named.hash = id === null ? '' : `${PARAMETER}=${id}`;
  return named;
}
