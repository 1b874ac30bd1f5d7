"""Diagnostics for readers: `caret` for people, `json` for programs."""
