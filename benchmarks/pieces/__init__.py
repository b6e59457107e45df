"""The parts of the suite, one module each: `measure(options)` returns plain data for JSON."""
