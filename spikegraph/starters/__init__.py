"""New projects: a folder with a spec, a README and example data, which the user replaces by data of their own."""
