"""`python -m server`."""

import os
import sys

from server.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ, sys.stdin))
