"""What a person calls in Python: a module for each subject."""
