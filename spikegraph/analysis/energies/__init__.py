"""Models of energy: functions of what the operations of a network do in an inference."""
