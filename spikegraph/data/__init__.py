"""Recordings, images, splits and metrics as arrays. No module imports torch."""
