"""A spec as a value: checked, built in its phases, with its samples, its reference and its settings."""
