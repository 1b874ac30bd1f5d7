"""A text that would be markup where texts aren't escaped."""

HOSTILE = '</textarea><script>alert(1)</script>&lt;<img src=x onerror="alert(2)">'
