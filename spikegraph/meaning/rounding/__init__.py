"""A network's reference with a bound of how far another program's values may be from it by rounding alone."""
