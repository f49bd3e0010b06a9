// Writes dist/THIRD-PARTY-NOTICES.txt: the licences of the packages that are bundled into the extension.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const bundled = Object.entries(packages).filter(([folder, entry]) => folder && !entry.dev);
const notices = bundled.map(([folder, entry]) => {
  const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) {
    throw new Error(`${folder} has no licence file`);
  }
  return `${name} ${entry.version} (${entry.license})\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
});
writeFileSync("dist/THIRD-PARTY-NOTICES.txt", notices.join(`\n${"-".repeat(80)}\n\n`));
