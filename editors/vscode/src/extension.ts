// The client of `packager lsp`: it starts the server and passes the settings on. All checks are in the server.

import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, type ServerOptions } from "vscode-languageclient/node";

const SECTION = "packager";
// The server ignores YAML and JSON files that it does not know.
const FILES = ["**/*.{wdl,nf,cwl,config,yml,yaml,json}", "**/packager.toml"];

let client: LanguageClient | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("packager.checkAll", checkAll),
    vscode.commands.registerCommand("packager.restart", restart),
    vscode.workspace.onDidChangeConfiguration(async (event) => {
      if (event.affectsConfiguration(`${SECTION}.command`)) {
        await restart();
      }
    }),
  );
  await start();
}

export async function deactivate(): Promise<void> {
  await stop();
}

async function start(): Promise<void> {
  const [program = "packager", ...first] = vscode.workspace.getConfiguration(SECTION).get<string[]>("command", []);
  const server: ServerOptions = { command: program, args: [...first, "lsp"] };
  const options: LanguageClientOptions = {
    documentSelector: [
      ...FILES.map((pattern) => ({ scheme: "file", pattern })),
      { scheme: "file", language: "cwl" },
    ],
    synchronize: { configurationSection: SECTION },
    initializationOptions: vscode.workspace.getConfiguration().get(SECTION),
  };
  client = new LanguageClient(SECTION, "packager", server, options);
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(
      `packager: cannot start \`${program} lsp\` (${reason}). Install it with: pip install 'omics-packager[lsp]'`,
    );
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function restart(): Promise<void> {
  await stop();
  await start();
}

async function checkAll(): Promise<void> {
  await client?.sendRequest("workspace/executeCommand", { command: "packager.check" });
}
