import { allPictures } from './conversation.ts';
import type { GlanceViewer } from './elements/viewer.ts';
import { markedPicture } from './marks/placing.ts';
import type { MarksController } from './marks_controller.ts';
import type { Session } from './session.ts';

/** What the views of pictures need of the page. */
export interface PictureViewsPage {
  session(): Session;
  viewer(): GlanceViewer;
  readonly marks: MarksController;
}

/** Shows pictures of the conversation: on the stage, and over the window. */
export class PictureViews {
  readonly #page: PictureViewsPage;

  constructor(page: PictureViewsPage) {
    this.#page = page;
  }

  readonly show = (event: CustomEvent<string>): void => {
    this.#page.session().showPicture(event.detail);
  };

  readonly enlarge = (event: CustomEvent<string>): void => {
    const pictures = allPictures(this.#page.session().state.conversation);
    const picture = pictures.find(({ id }) => id === event.detail);
    if (picture !== undefined) {
      void this.#page.viewer().show(picture, this.#page.marks.on(picture.id)?.marks);
    }
  };

  /** A place that an answer names is looked at on the stage. */
  pointAt(turnId: string, index: number | null): void {
    const session = this.#page.session();
    this.#page.marks.pointAt(turnId, index);
    const picture = markedPicture(session.state.conversation, turnId);
    if (index !== null && picture !== null) session.showPicture(picture.id);
  }
}
