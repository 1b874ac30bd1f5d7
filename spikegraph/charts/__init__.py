"""Line and bar charts as SVG, for web pages and files. Uses only the standard library."""
