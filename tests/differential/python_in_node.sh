#!/usr/bin/env bash
# python_in_node.sh [-B] PROGRAM.py ARGS...: runs it in the Python that cmake/python.sh put into build/python. Names of
# files have to be absolute.
# Exits 77 where it would take threads.
here=$(dirname "${BASH_SOURCE[0]}")
exec node "$here/python_in_node.mjs" "$here/../../build/python" "$@"
