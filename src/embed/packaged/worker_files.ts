/** Addresses of the package's files, by name: what the page that started this worker has named it by. */
const files = JSON.parse(self.name) as Readonly<Record<string, string>>;

/** Where a file of the package lies. */
export function packagedFile(name: string): string {
  const address = files[name];
  if (address === undefined) throw new Error(`the package has no file "${name}"`);
  return address;
}
