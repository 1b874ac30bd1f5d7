"""From a graph to something that runs or is looked at."""
