"""How fast tuoben is, beside programs that people know: `make bench`."""
