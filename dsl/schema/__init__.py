"""What may be written: the keys of every declaration and the vocabularies of values, as data."""
