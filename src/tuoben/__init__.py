"""tuoben (拓本): collects news and keeps a faithful, provable copy of every article."""

__version__ = "0.1.0"
