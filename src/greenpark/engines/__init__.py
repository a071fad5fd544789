"""The calculations: pure functions without I/O, clock or Django. Engines do not import each other."""
