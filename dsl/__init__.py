"""Text to a checked tree: the `.sdhs` language, its diagnostics and its printer."""
