"""One page about runs, complete in one file: it loads nothing, and opens from the disk."""
