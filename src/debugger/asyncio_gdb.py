"""Commands for gdb that show the tasks and suspended coroutines of a program that uses asyncio.

    gdb -x src/debugger/asyncio_gdb.py build/dev/bin/fetch_data
    (gdb) help async
"""

import os
import sys

# Not __file__: where one script sources another, that is the outer one.
_here = os.path.dirname(os.path.abspath(sys._getframe().f_code.co_filename))
if _here not in sys.path:
    sys.path.insert(0, _here)

import asyncio_debugger  # noqa: E402

asyncio_debugger.load()
