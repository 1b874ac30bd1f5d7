"""Modules of others as specs: what is known of their layers, and how a spec is written from them; needs no torch."""
