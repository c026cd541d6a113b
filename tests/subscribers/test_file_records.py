"""Records are found whatever the encoding, the separator and the line ends."""

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.subscribers.files.file_records import (
    Lines,
    TextForm,
    find_form,
    read_lines,
    read_records,
)

FORM = TextForm("utf-8", "\n")


def records(path, content, separator=","):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    form = find_form(path)
    return list(read_records(path, form, Lines(read_lines(path, form)), separator))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "records.csv"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        *(("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-32", "UTF-32")),
        *(("utf-16-le", "UTF-16-LE"), ("utf-16-be", "UTF-16-BE"), ("cp1252", "windows-1252")),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends_are_found(file, encoding, name, line_end):
    text = line_end.join(["email,name", "ann@example.org,Zoë Müller-Šimić", ""])
    if encoding == "cp1252":
        text = text.replace("ć", "c")
    found = records(file, text.encode(encoding))
    assert find_form(file).name == name
    assert [one.line for one in found] == [1, 2]
    assert found[1].cells[1] in text
    assert found[1].cells[1].startswith("Zoë")


def test_one_faulty_line_does_not_make_a_file_windows_1252(file):
    found = records(file, "a,Zoë\n".encode() + b"b,Zo\xeb\n")
    assert find_form(file).name == "UTF-8"
    assert found[0].cells == ["a", "Zoë"]


def test_a_record_goes_over_lines(file):
    found = records(file, 'a,"x\r\ny\r\nz",b\r\nc,d,e\r\n')
    assert [(one.line, one.cells) for one in found] == [
        (1, ["a", "x\r\ny\r\nz", "b"]),
        (4, ["c", "d", "e"]),
    ]


def test_a_very_long_note_holds_no_records(file):
    note = "".join(f"stranger{number}@example.org,x\n" for number in range(1000))
    found = records(file, f'ann,"{note}"\nbob,ok\n')
    assert [one.cells for one in found] == [[], ["bob", "ok"]]
    assert "up to line 1001 its quotes do not match" in found[0].problem


def test_a_quote_that_is_never_closed_spoils_its_own_line(file):
    lines = [f"r{number},x" for number in range(1000)]
    lines[10] = 'r10,"x'
    found = records(file, "\n".join(lines))
    assert [one.line for one in found if one.problem] == [11]
    assert len(found) == 1000


def test_quotes_that_do_not_match_spoil_what_may_be_within_them(file):
    found = records(file, 'a,"he said "hi"\nstranger@example.org,call back"\nb,ok\n')
    assert [one.cells for one in found] == [[], ["b", "ok"]]
    assert "up to line 2" in found[0].problem


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0\x0b\x0c\x1c\x1d\x1e\x85"))
            .map(lambda text: text.lstrip(" "))
            .filter(lambda text: text.strip()),
            min_size=2,
            max_size=4,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_any_program_wrote_is_read_again(file, separator, rows):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows([["email", "name"], *rows])
    found = records(file, out.getvalue(), separator)
    assert [one.cells for one in found] == [["email", "name"], *rows]


@given(st.text("a ,;|\"\t\r'\0", max_size=20), st.sampled_from(",;|\t"))
def test_a_line_is_split_as_csv_splits_it(line, separator):
    found = list(read_records(Path(os.devnull), FORM, Lines([(1, f"{line}\n")]), separator))
    reader = csv.reader([f"{line}\n"], delimiter=separator, strict=True, skipinitialspace=True)
    try:
        wanted = next(reader)
    except csv.Error:
        assert found[0].problem
    else:
        blank = not any(cell.strip() for cell in wanted)
        assert [one.cells for one in found] == ([] if blank else [wanted])
