"""The language server: the service in the terms of the Language Server Protocol 3.17, on standard input and output."""
