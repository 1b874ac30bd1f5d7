"""NIR, the neuromorphic intermediate representation (https://neuroir.org): graphs as files, to and from other simulators."""
