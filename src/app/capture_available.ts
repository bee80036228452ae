/** What this browser, and the site around this page, let it take pictures with. */
import { policyAllows } from './permissions_policy.ts';

/** Whether this browser can show a camera's picture on the page. */
export function cameraAvailable(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === 'function' && policyAllows('camera');
}

/** Whether this browser can show this page the screen; those of phones cannot, and sites around a frame may forbid it. */
export function screenCaptureAvailable(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function' && policyAllows('display-capture');
}
