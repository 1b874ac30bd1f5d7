"""A network in float64, with a bound of how far another program's values may be from it by rounding alone."""
