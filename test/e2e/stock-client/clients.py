"""Runs the stock clients, unmodified, for a test that has many commands to give.

Reads requests from standard input, one JSON object a line:
    {"program": "openstack" | "cinder" | "sdk", "argv": [...], "env": {...}, "seconds": 60}
and answers each with one line: {"exit": 0, "stdout": "...", "stderr": "..."}; a command that takes longer than its
seconds is ended, and its exit is null. An interpreter takes a second or two to load a client, so it is loaded once,
and each command is run by a fork of this process: it finds a client that has done nothing yet, as it does in a shell.
"""
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
import time
import traceback

PROGRAMS = {'openstack': 'openstackclient.shell', 'cinder': 'cinderclient.shell', 'sdk': 'sdk_day'}


def load_ahead():
    """Imports what commands would import; a module that does not load here fails in the command that needs it.

    Not the shell of cinder, which sets logging up when it is imported, for openstack as well.
    """
    sys.argv = ['openstack']  # a client looks at its name when it is imported
    names = ['openstackclient.shell', 'cinderclient.v3.client', 'openstack.connection', 'openstack.block_storage.v3._proxy',
             'openstack.image.v2._proxy', 'openstack.identity.v3._proxy', 'keystoneclient.v3.client',
             'novaclient.v2.client', 'keystoneauth1.identity.v3', 'stevedore.extension']
    for package in ('openstackclient.volume.v2', 'openstackclient.volume.v3', 'openstackclient.image.v2',
                    'openstackclient.common', 'cliff', 'cliff.formatters'):
        root = importlib.import_module(package)
        names += [name for _, name, _ in pkgutil.iter_modules(root.__path__, package + '.')]
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            pass
    from stevedore import _cache
    for group in ('openstack.cli', 'openstack.common', 'openstack.volume.v3', 'keystoneauth1.plugin'):
        _cache.get_group_all(group)


def run(request):
    out, err = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        become(request, out[1], err[1])
    os.close(out[1])
    os.close(err[1])
    said, finished = collect({out[0]: b'', err[0]: b''}, time.monotonic() + request.get('seconds', 60))
    if not finished:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    exit_code = os.waitstatus_to_exitcode(status) if finished else None
    return {'exit': exit_code, 'stdout': said[out[0]].decode(errors='replace'),
            'stderr': said[err[0]].decode(errors='replace')}


def become(request, out, err):
    """In the fork: the program, with its own standard streams and environment. Does not return."""
    code = 70
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, 'w', closefd=False), open(2, 'w', closefd=False)
        os.environ.clear()
        os.environ.update(request['env'])
        sys.argv = [request['program'], *request['argv']]
        code = importlib.import_module(PROGRAMS[request['program']]).main() or 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def collect(said, deadline):
    """Everything that is written into the pipes until both are closed, and whether that was in time."""
    still_open = set(said)
    while still_open:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        for pipe in select.select(list(still_open), [], [], left)[0]:
            read = os.read(pipe, 65536)
            said[pipe] += read
            if not read:
                still_open.discard(pipe)
    for pipe in said:
        os.close(pipe)
    return said, not still_open


def main():
    load_ahead()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)


if __name__ == '__main__':
    main()
