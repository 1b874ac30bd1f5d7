"""Recordings, images, splits and metrics as arrays; nothing here needs torch."""
