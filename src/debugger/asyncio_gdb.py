"""Commands for gdb that show the tasks and suspended coroutines of a program that uses asyncio.

    gdb -x src/debugger/asyncio_gdb.py build/dev/bin/fetch_data
    (gdb) help async
"""

import os
import sys

_here = os.path.dirname(os.path.abspath(__file__))
if _here not in sys.path:
    sys.path.insert(0, _here)

import asyncio_debugger  # noqa: E402

asyncio_debugger.load()
