"""Every way in which a table is wrong has its message."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from unisono.collection.table import read_table, text_of
from unisono.errors import TableError


def write(folder: Path, text: str | bytes, name: str = "songs.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def message(path: Path, **options: str) -> str:
    with pytest.raises(TableError) as raised:
        read_table(path, **options)
    return str(raised.value)


def test_cells_stay_text(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "id,artist,n\n01,NA,1.50\n02,None,\n03,NULL,nan\n"))
    assert table.frame["artist"].to_list() == ["NA", "None", "NULL"]
    assert table.frame["id"].to_list() == ["01", "02", "03"]
    assert table.frame["n"].to_list() == ["1.50", "", "nan"]
    assert table.place(1, "artist") == "songs.csv:3:artist"


def test_quotes_commas_line_breaks_and_byte_order_mark(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b'\xef\xbb\xbfid,text\r\na,"one, ""two""\r\nthree"\r\n\r\nb,x\r\n'))
    assert table.frame.rows() == [("a", 'one, "two"\r\nthree'), ("b", "x")]
    assert table.lines.tolist() == [2, 5]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16(tmp_path: Path, encoding: str) -> None:
    told = message(write(tmp_path, "id,genre\na,rock\n".encode(encoding)))
    assert told.startswith("songs.csv: is UTF-16 text but tables must be UTF-8. Save it as")
    assert 'iconv -f UTF-16 -t UTF-8 "songs.csv" > "songs-utf8.csv"' in told


def test_latin1_names_line_column_and_cell(tmp_path: Path) -> None:
    told = message(write(tmp_path, "id,artist\na,Can\nb,Beyoncé\n".encode("latin-1")))
    assert told.startswith(
        'songs.csv:3:artist: byte E9 is not UTF-8 (as ISO-8859-1 the cell reads "Beyoncé"). Save it as "CSV UTF-8"'
    )
    assert "iconv -f ISO-8859-1" in told


def test_windows_1252(tmp_path: Path) -> None:
    assert "iconv -f WINDOWS-1252" in message(write(tmp_path, "id,artist\na,Guns n’ Roses\n".encode("cp1252")))


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_wrong_delimiter(tmp_path: Path, delimiter: str, name: str) -> None:
    path = write(tmp_path, delimiter.join(("id", "energy")) + "\n" + delimiter.join(("a", "120,5")) + "\n")
    told = message(path)
    assert told.startswith(f"songs.csv:1: cells are separated by {name} but must be separated by commas. Set delimiter")
    assert read_table(path, delimiter).frame.rows() == [("a", "120,5")]


def test_tabs_by_name(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, "id\tx\na\t1,5\n", "songs.tsv")).frame.rows() == [("a", "1,5")]
    assert "separated by commas but must be separated by tabs" in message(write(tmp_path, "id,x\na,1\n", "songs.tsv"))


def test_ragged_rows_all_at_once(tmp_path: Path) -> None:
    told = message(write(tmp_path, "id,genre,energy\na,rock,120,5\nb,rock,1\nc\n"))
    assert told == (
        "songs.csv: 2 problems:\n"
        '  songs.csv:2: has 4 cells but the header has 3 (too many from "5" on).\n'
        '  songs.csv:4: has 1 cell but the header has 3 (the last is "c").\n'
        "Put cells that hold the separator in quotes; write numbers as 120.5, not 120,5."
    )


def test_only_the_first_twenty_are_told(tmp_path: Path) -> None:
    told = message(write(tmp_path, "id,genre\n" + "a\n" * 50))
    assert "50 problems, the first 20 of them" in told
    assert len(re.findall(r"songs\.csv:\d+", told)) == 20


def test_duplicate_columns(tmp_path: Path) -> None:
    told = message(write(tmp_path, "id,genre, genre\na,rock,jazz\n"))
    assert told == "songs.csv:1:genre: columns 2 and 3 have the same name. Rename or remove all but one."


def test_a_column_without_a_name_gets_its_number(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, ",genre\n0,rock\n")).frame.columns == ["column 1", "genre"]


def test_open_quote(tmp_path: Path) -> None:
    told = message(write(tmp_path, 'id,title\na,fine\nb,"open\nc,x\nd,y\n'))
    assert told.startswith("songs.csv:3: a quote opened in this row is never closed (read on to line 5). Close")


def test_open_quote_in_a_long_file(tmp_path: Path) -> None:
    told = message(write(tmp_path, 'id,title\nb,"open\n' + "c,abcdefghij\n" * 20_000))
    assert told.startswith("songs.csv:2: a quote opened in this row is never closed")


def test_text_after_a_closed_quote(tmp_path: Path) -> None:
    assert "songs.csv:2: a closed quote is followed by more text" in message(write(tmp_path, 'id,t\na,"b"c\n'))


@pytest.mark.parametrize("text", ["", "\n\n", "  \n"])
def test_empty(tmp_path: Path, text: str) -> None:
    assert message(write(tmp_path, text)).startswith("songs.csv: is empty but must hold a line of column names")


def test_header_only(tmp_path: Path) -> None:
    assert message(write(tmp_path, "id,genre\n")).startswith("songs.csv:1: has column names but no rows.")


def test_other_formats_under_a_csv_name(tmp_path: Path) -> None:
    assert "is a spreadsheet or zip archive" in message(write(tmp_path, b"PK\x03\x04xxxx"))
    assert "is Parquet" in message(write(tmp_path, b"PAR1xxxx"))


def test_unknown_names(tmp_path: Path) -> None:
    assert "is a spreadsheet but tables must be one of .csv" in message(write(tmp_path, "x", "songs.xlsx"))
    assert "one object a line" in message(write(tmp_path, "x", "songs.json"))
    assert 'not by ".txt"' in message(write(tmp_path, "x", "songs.txt"))
    write(tmp_path, "x", "songs.csv")
    assert 'there is no such table. Did you mean "songs.csv"?' in message(tmp_path / "song.csv")


def test_missing_column_is_named_with_the_nearest(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "id,genre\na,rock\n"))
    with pytest.raises(TableError, match=r'there is no column "gnre", needed as labels. Did you mean "genre"\?'):
        table.need(["gnre"], "labels")
    with pytest.raises(TableError, match=r'The columns are "id", "genre"\.'):
        table.need(["lyrics"])


def test_parquet_keeps_numbers_and_drops_what_is_neither(tmp_path: Path) -> None:
    path = tmp_path / "songs.parquet"
    frame = pl.DataFrame(
        {"id": [1, 2], "x": [1.5, float("nan")], "tags": [["a", "b"], []], "box": [{"k": 1}, {"k": 2}]}
    )
    frame.write_parquet(path)
    table = read_table(path)
    assert table.frame.to_dict(as_series=False) == {"id": [1, 2], "x": [1.5, None], "tags": ["a;b", ""]}
    assert table.notes == ('songs.parquet: columns that are no text or numbers are left out: "box".',)
    assert table.place(0, "x") == "songs.parquet:1:x"


def test_damaged_parquet(tmp_path: Path) -> None:
    path = tmp_path / "songs.parquet"
    pl.DataFrame({"id": list(range(1000))}).write_parquet(path)
    for data in (path.read_bytes()[:-100], b"", b"PAR1" * 20):
        assert "is damaged or no Parquet" in message(write(tmp_path, data, "songs.parquet"))


def test_tables_without_rows(tmp_path: Path) -> None:
    pl.DataFrame({"id": []}).write_parquet(tmp_path / "songs.parquet")
    assert message(tmp_path / "songs.parquet") == "songs.parquet: has no rows."
    assert "its objects have no keys" in message(write(tmp_path, "{}\n", "songs.jsonl"))


def test_jsonl(tmp_path: Path) -> None:
    text = '{"id": 1, "genre": "rock", "tags": ["a", "b"]}\n\n{"id": 2, "energy": 0.5, "x": 1}\n'
    table = read_table(write(tmp_path, text, "songs.jsonl"))
    assert table.frame.rows() == [(1, "rock", "a;b", None, None), (2, None, None, 0.5, 1)]
    assert table.place(1) == "songs.jsonl:3"


def test_jsonl_problems_all_at_once(tmp_path: Path) -> None:
    text = '{"id": 1}\n{"id": 2\n[3]\n{"id": 4, "id": 5}\n{"id": {"x": 1}}\n'
    told = message(write(tmp_path, text, "songs.jsonl"))
    assert "4 problems" in told
    for part in (":2: no JSON", ":3: is no object", ':4: the key "id" stands twice', ':5: "id" is nested'):
        assert part in told


def test_keys_are_compared_as_text() -> None:
    assert [text_of(v) for v in (3, 3.0, " 3 ", None, 2.5)] == ["3", "3", "3", "", "2.5"]
