"""Event recordings: their files, the encodings that make arrays of them, and data sets of labelled recordings."""
