"""Methods that train candidates and no supernet; they need neither torch nor a spec."""
