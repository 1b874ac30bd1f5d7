"""What everything stands on: errors, files, texts for people, and the machine. It knows nothing of specs or networks."""
