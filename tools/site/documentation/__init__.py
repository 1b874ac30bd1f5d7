"""The documentation site: pages of `docs`, divided and put in their places, and a reference made from the program."""
