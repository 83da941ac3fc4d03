"""Become a program that ends when its parent does: `python tether.py PARENT_PID PROGRAM ARGUMENT…`.

On Linux the kernel sends SIGTERM to it when the parent is gone, however that died; elsewhere the next start in the
same home ends the leftover (`service.running`). This is a script of its own rather than a `preexec_fn`, because Python
code between fork and exec can deadlock in a process that already has gRPC's threads. The kernel counts the *thread*
that started the program as the parent: start it from one that lives as long as the process.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: str, program: str, *arguments: str) -> None:
    """Replace this process by the program, tied to the parent."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    # The parent may have died before the kernel was asked to watch it.
    if os.getppid() != int(parent):
        sys.exit("The parent is gone, so the program is not started.")
    os.execv(program, [program, *arguments])  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(*sys.argv[1:])
