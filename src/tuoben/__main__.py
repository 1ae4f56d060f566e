"""`python -m tuoben`."""

import sys

from tuoben.cli import main

sys.exit(main())
