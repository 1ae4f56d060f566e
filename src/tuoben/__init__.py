"""tuoben (拓本): collects news and keeps a faithful, provable copy of every article."""

from tuoben import compiled

__version__ = "0.1.0"

compiled.install()
