/** Not `location`: the page may have the worker begin in a blob. In a variable, so that nothing is bundled for it. */
const here = import.meta.url;

/** Where a file of the demo model is: beside the folder of this script. The package's build has another module here. */
export function demoFile(name: string): string {
  return new URL(`../models/pico/${name}`, here).href;
}
