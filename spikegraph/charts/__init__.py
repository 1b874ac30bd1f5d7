"""Line and bar charts as SVG, for web pages and for files; needs the standard library only."""
