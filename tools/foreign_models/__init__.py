"""Models by other people, by which imports are judged: a file for each library."""
