"""What a training step needs of a device, counted before anything is trained."""
