import type { ErrorDetail } from './glance_element.ts';

/** How browsers and bundlers say that a module could not be fetched. */
const NOT_IMPORTED = /import|module|chunk/i;

/** What is told of an element that could not begin; of what was not thrown by Glance, what it means. */
export function failureOf(thrown: unknown): ErrorDetail {
  const { code, message = String(thrown) } = (thrown ?? {}) as { code?: unknown; message?: string };
  if (typeof code === 'string') return { code, message };
  if (!NOT_IMPORTED.test(message)) {
    return { code: 'internal', message: `Glance met a fault of its own: ${message}. Load the page again.` };
  }
  return {
    code: 'file-unreachable',
    message: `Parts of Glance could not be loaded. Check the connection, and try again or load the page again. (${message})`,
  };
}

/**
 * Says so in place of everything else, with a button. As plain as this, and in English, because what draws and speaks may
 * be what is missing.
 */
export function showFailure(root: ShadowRoot, { message }: ErrorDetail, onRetry: () => void): void {
  const box = document.createElement('div');
  box.part.add('error');
  box.role = 'alert';
  box.style.padding = '8px 0';
  const text = document.createElement('p');
  text.textContent = message;
  text.style.marginBlock = '0 8px';
  const retry = document.createElement('button');
  retry.type = 'button';
  retry.part.add('button');
  retry.textContent = 'Try again';
  retry.addEventListener('click', onRetry);
  box.append(text, retry);
  root.replaceChildren(box);
}
