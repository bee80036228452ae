/** Where a file of the demo model is: beside the folder of this script. The package's build has another module here. */
export function demoFile(name: string): string {
  return new URL(`../models/pico/${name}`, location.href).href;
}
