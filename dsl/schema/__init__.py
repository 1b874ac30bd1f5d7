"""The keys of every declaration, as the fields of its record, and the vocabularies of calls."""
