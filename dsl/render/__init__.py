"""One renderer for each way that diagnostics are shown."""
