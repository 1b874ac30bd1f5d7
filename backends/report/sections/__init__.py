"""What the page holds, a section each."""
