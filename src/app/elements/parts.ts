/** What the page is made of once something is attached or asked; the first paint does without. */
import './camera.ts';
import './menu.ts';
import './meter.ts';
import './offer.ts';
import './stage.ts';
import './tray.ts';
import './turn.ts';
import './viewer.ts';
