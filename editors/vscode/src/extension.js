// Starts `archdsl lsp`, and lets the user choose the model whose shapes are shown.

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("archdsl.restart", restart),
    vscode.commands.registerCommand("archdsl.chooseModel", chooseModel),
    vscode.workspace.onDidGrantWorkspaceTrust(start),
    vscode.workspace.onDidChangeConfiguration((event) => {
      const ours = ["archdsl.path", "archdsl.ops"];
      if (ours.some((name) => event.affectsConfiguration(name))) restart();
    }),
  );
  await start();
}

async function deactivate() {
  const running = client;
  client = undefined;
  await running?.stop();
}

async function start() {
  // The server imports the Python modules that a project names as its operators.
  if (client || !vscode.workspace.isTrusted) return;
  const settings = vscode.workspace.getConfiguration("archdsl");
  const command = settings.get("path") || "archdsl";
  const args = ["lsp", ...settings.get("ops").flatMap((module) => ["--ops", module])];
  client = new LanguageClient(
    "archdsl",
    "archdsl",
    { command, args },
    {
      documentSelector: [{ language: "arch" }],
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.arch") },
    },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    await complain(command, error);
  }
}

async function restart() {
  await deactivate();
  await start();
}

async function complain(command, error) {
  const choice = await vscode.window.showErrorMessage(
    `archdsl: \`${command} lsp\` cannot be started (${error.message}). ` +
      "Install it with: pip install 'archdsl[lsp]', or set archdsl.path.",
    "Open Settings",
  );
  if (choice) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "archdsl.path");
  }
}

async function chooseModel() {
  const document = vscode.window.activeTextEditor?.document;
  if (!client || document?.languageId !== "arch") return;
  const symbols = await vscode.commands.executeCommand(
    "vscode.executeDocumentSymbolProvider",
    document.uri,
  );
  const models = (symbols ?? []).filter((symbol) => symbol.kind === vscode.SymbolKind.Module);
  const model = await vscode.window.showQuickPick(
    models.map((symbol) => symbol.name),
    { placeHolder: "Whose shapes should be shown?" },
  );
  if (model) {
    const uri = client.code2ProtocolConverter.asUri(document.uri);
    await vscode.commands.executeCommand("archdsl.showModel", uri, model);
  }
}

module.exports = { activate, deactivate };
