"""What editors, agents and pages ask about specs: texts in, answers out, also while a text is broken; no torch, no numpy."""
