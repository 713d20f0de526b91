"""Threads share a few arenas of the C library, however many of them there are."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, re, sys, tempfile, threading
from pelagia.runtime.allocator import limit_arenas
if sys.argv[1] == "limited":
    assert limit_arenas()
together = threading.Barrier(24)
def work():
    together.wait()
    for _ in range(300):
        kept = [bytearray(5000) for _ in range(50)]
threads = [threading.Thread(target=work) for _ in range(24)]
for one in threads: one.start()
for one in threads: one.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
with tempfile.NamedTemporaryFile() as told:
    file = ctypes.c_void_p(libc.fopen(told.name.encode(), b"w"))
    libc.malloc_info(0, file)
    libc.fclose(file)
    print(len(re.findall(rb"<heap nr=", told.read())))
"""


def arenas(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_threads_share_two_arenas_where_they_would_take_more() -> None:
    assert arenas("unlimited") > 2
    assert arenas("limited") <= 2
