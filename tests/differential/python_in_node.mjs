// See python_in_node.sh, which calls it with the folder that Pyodide is installed in.
import { dirname, resolve } from "node:path";

const [installed, ...words] = process.argv.slice(2);
const argv = words.filter((word) => word !== "-B");
const program = resolve(argv[0]);
const { loadPyodide } = await import(resolve(installed, "node_modules/pyodide/pyodide.mjs"));
const python = await loadPyodide({
  stdout: (line) => console.log(line),
  stderr: (line) => console.error(line),
});

// Programs find what is beside them under its own name.
const folder = dirname(program);
python.FS.mkdirTree(folder);
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, folder);

python.runPython(`
def run(*argv):
    import asyncio, os, runpy, sys, traceback
    sys.argv = list(argv)
    sys.path.insert(0, os.path.dirname(argv[0]))
    asyncio._set_running_loop(None)  # Pyodide's own: it would let no other run
    try:
        runpy.run_path(argv[0], run_name='__main__')
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        traceback.print_exc()
        return 77 if "can't start new thread" in str(error) else 1
    return 0
`);
process.exitCode = python.globals.get("run")(program, ...argv.slice(1));
