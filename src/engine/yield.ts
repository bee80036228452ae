/**
 * Lets the worker's event loop take what is waiting, such as a request to stop. ONNX Runtime's CPU kernels
 * run within the call, so awaiting them alone would never let a message in. A message to ourselves comes
 * back sooner than a timer, which browsers delay by 4 ms.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
