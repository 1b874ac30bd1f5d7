"""An HTML report on runs, in one self-contained file."""
