"""C++ sources compiled once per machine into a library in the user's cache. Nothing here needs torch."""
