"""What ships is built so that a fault in it is hard to use."""

import re
import subprocess

import pytest

from world import BUILD

PROGRAMS = ["callsheet", "callsheet-webhook"]
OURS = re.compile(r"DW_AT_producer.*: (GNU C.*)")


def readelf(program, *options):
    return subprocess.run(["readelf", "-W", *options, BUILD / program],
                          text=True, capture_output=True, check=True).stdout


def compiled_with(program):
    """The compiler's options, for each file of C in the program."""
    options = OURS.findall(readelf(
        program, "--debug-dump=info", "--dwarf-depth=1"))
    if not options:
        pytest.skip("another compiler, or no notes for a debugger")
    return options


@pytest.fixture(params=PROGRAMS)
def program(request):
    return request.param


def test_nobody_knows_beforehand_where_the_program_lies(program):
    assert re.search(r"Type: +DYN", readelf(program, "-h"))
    assert re.search(r"FLAGS_1.* PIE", readelf(program, "-d"))


def test_the_table_of_library_calls_cannot_be_overwritten(program):
    assert "GNU_RELRO" in readelf(program, "-l")
    assert re.search(r"FLAGS_1.* NOW", readelf(program, "-d"))


def test_no_data_can_be_executed(program):
    segments = readelf(program, "-l")
    assert re.search(r"GNU_STACK( +0x\w+){5} RW ", segments)
    assert not re.search(r"LOAD( +0x\w+){5} RWE", segments)


def test_libraries_are_looked_for_in_the_systems_places_only(program):
    assert not re.search(r"R(UN)?PATH", readelf(program, "-d"))


def test_an_overrun_of_the_stack_or_a_buffer_ends_the_program(program):
    symbols = readelf(program, "--dyn-syms")
    assert "__stack_chk_fail" in symbols
    assert set(re.findall(r"__\w+_chk\b", symbols))


def test_every_file_is_compiled_with_all_of_it(program):
    for options in compiled_with(program):
        assert "-fstack-protector-strong" in options
        assert "-fstack-clash-protection" in options
        assert "-fPIE" in options or "-fpie" in options


def test_jumps_go_only_where_one_may_land(program):
    if "X86-64" not in readelf(program, "-h"):
        pytest.skip("this processor has no such protection")
    assert all("-fcf-protection" in options
               for options in compiled_with(program))
