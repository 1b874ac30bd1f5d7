"""Readers: from a declaration's tree to its record, one file for each kind."""
