/** Makes Glance's elements known to the page that imports this module. */
import { define } from './elements.ts';

define();

export * from './elements.ts';
