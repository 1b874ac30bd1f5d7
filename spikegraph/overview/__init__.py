"""Many runs in one view: found, listed, filtered, sorted and compared."""
