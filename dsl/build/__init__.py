"""Declarations to the records of a spec, one file per kind."""
