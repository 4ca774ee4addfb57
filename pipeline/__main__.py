"""`python -m pipeline`, the same as `parindex`."""

import sys

from pipeline.cli import main

sys.exit(main())
