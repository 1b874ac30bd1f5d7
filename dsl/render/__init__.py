"""Renders diagnostics: `caret` for people, `json` for programs."""
