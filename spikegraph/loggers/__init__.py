"""The loggers that come with the package."""
