"""Tool cards: what the tools of MCP servers do, as data (`docs/cards.md`). One file per server; read by `jackline.lower.mcp`."""
