import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import { DEVICE_CHOICES, type DeviceChoice } from '../device.ts';
import { words } from '../words/index.ts';
import { baseStyles } from './styles.ts';

/**
 * What the model is to run on.
 *
 * @fires device-chosen with the choice.
 */
@customElement('glance-device-choice')
export class GlanceDeviceChoice extends LitElement {
  static override styles = [
    baseStyles,
    css`
      :host {
        display: block;
      }

      fieldset {
        min-inline-size: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }

      legend {
        margin-block-end: 4px;
        padding: 0;
        color: var(--ink-soft);
      }

      label {
        display: flex;
        align-items: center;
        gap: 10px;
        min-block-size: 28px;
        cursor: pointer;
      }

      input {
        flex: none;
        inline-size: 16px;
        block-size: 16px;
        margin: 0;
        accent-color: var(--accent);
        cursor: pointer;
      }

      .note {
        color: var(--ink-soft);
      }

      @media (pointer: coarse) {
        label {
          min-block-size: 44px;
        }

        input {
          inline-size: 20px;
          block-size: 20px;
        }
      }
    `,
  ];

  @property({ attribute: false }) choice: DeviceChoice = 'auto';

  override render() {
    return html`
      <fieldset>
        <legend>${words.devices.legend}</legend>
        ${DEVICE_CHOICES.map((choice) => {
          const { name, note } = words.devices[choice];
          return html`
            <label>
              <input
                type="radio"
                name="device"
                .checked=${live(choice === this.choice)}
                @change=${() => this.#choose(choice)}
              />
              <span>${name}<span class="note">${words.common.further(note)}</span></span>
            </label>
          `;
        })}
      </fieldset>
    `;
  }

  #choose(detail: DeviceChoice) {
    this.dispatchEvent(new CustomEvent('device-chosen', { detail, bubbles: true, composed: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'glance-device-choice': GlanceDeviceChoice;
  }
}
