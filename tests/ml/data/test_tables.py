import pytest

from ml.data import tables
from ml.errors import OperatorError

ROWS = [
    ("image_id", "dx", "site"),
    ("ISIC_1", "nv", "lower leg, left"),
    ("ISIC_2", "mel", "Rücken"),
]


def written(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def lines(delimiter, quote="", end="\n"):
    return "".join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) + end for row in ROWS)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (lines(",", '"'), "utf-8"),
        (lines(",", '"', "\r\n"), "utf-8"),
        (lines(",", '"', "\r"), "utf-8"),
        (lines(",", '"'), "utf-8-sig"),
        (lines("\t"), "utf-8"),
        (lines("\t", '"', "\r\n"), "utf-8-sig"),
        (lines(";"), "utf-8"),
        (lines(";"), "cp1252"),
        (lines("|"), "utf-8"),
        (lines("\t"), "utf-16"),
        (lines("\t"), "utf-16-le"),
        (lines("\t"), "utf-16-be"),
        (lines("\t"), "utf-32"),
        ("sep=;\r\n" + lines(";", "", "\r\n"), "utf-8-sig"),
        ("\n" + lines("\t") + "\n\n", "utf-8"),
        (lines(";").replace("\n", ";;\n"), "utf-8"),
        (lines("\t").replace("image_id", " Image_ID ").replace("ISIC_1", " ISIC_1 "), "utf-8"),
    ],
)
def test_tables_of_each_encoding_and_delimiter_are_read(tmp_path, text, encoding):
    table = tables.read(written(tmp_path / "labels.tab", text, encoding))
    assert table.columns == ROWS[0]
    assert [tuple(row.cells.values()) for row in table.rows] == ROWS[1:]


def test_an_unnamed_column_of_numbers_is_left_out(tmp_path):
    table = tables.read(written(tmp_path / "t.csv", ",image_id,dx\n0,a,nv\n1,b,mel\n"))
    assert table.columns == ("image_id", "dx")


def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path):
    table = tables.read(written(tmp_path / "t.csv", "image_id\na\n\nb\n"))
    assert [row.number for row in table.rows] == [2, 4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "is empty"),
        (b"image_id,dx\n", "holds no rows"),
        (b"image_id,dx\na,nv\nb\n", r"row 3, has 1 cells for 2 columns"),
        (b"image_id,dx\na,nv,left,arm\n", r"row 2, has 4 cells"),
        (b"image_id,dx,dx\na,nv,mel\n", "two columns dx"),
        (b"PK\x03\x04\x14\x00", "save its table as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "save its table as CSV"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "is not a table"),
    ],
)
def test_the_error_for_a_malformed_table_names_the_file(tmp_path, content, sentence):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(OperatorError, match=sentence) as error:
        tables.read(tmp_path / "t.csv")
    assert str(tmp_path / "t.csv") in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(OperatorError, match=r"t\.csv cannot be read"):
        tables.read(tmp_path / "t.csv")


def test_the_error_for_missing_columns_lists_the_existing_columns(tmp_path):
    table = tables.read(written(tmp_path / "t.csv", "name;colour\na;brown\n"))
    with pytest.raises(
        OperatorError, match=r"needs the columns lesion_id and dx: it has name, col"
    ):
        tables.need(table, "lesion_id", "dx")
    with pytest.raises(OperatorError, match=r"needs a column image_id .*: it has name, colour"):
        tables.by_image(table)


@pytest.mark.parametrize("column", ["image_id", "isic_id", "image", "image_name", "img_id"])
@pytest.mark.parametrize("cell", ["ISIC_1", "ISIC_1.jpg", "train/ISIC_1.JPG", "train\\ISIC_1.png"])
def test_the_image_column_is_found_by_its_public_names(tmp_path, column, cell):
    table = tables.read(written(tmp_path / "t.csv", f"{column},dx\n{cell},nv\n"))
    assert list(tables.by_image(table)) == ["ISIC_1"]


def test_a_repeated_row_counts_once(tmp_path):
    table = tables.read(written(tmp_path / "t.csv", "image_id,dx\na,nv\nb,mel\na.jpg,nv\n"))
    assert {name: row.number for name, row in tables.by_image(table).items()} == {"a": 2, "b": 3}


def test_contradictory_rows_are_both_named(tmp_path):
    table = tables.read(written(tmp_path / "t.csv", "image_id,dx\na,nv\nb,mel\na,mel\n"))
    with pytest.raises(OperatorError, match=r"a in rows 2 and 4 .* dx \(“nv” and “mel”\)"):
        tables.by_image(table)


def test_a_row_without_an_image_is_named(tmp_path):
    table = tables.read(written(tmp_path / "t.csv", "image_id,dx\n,nv\n"))
    with pytest.raises(OperatorError, match="row 2: image_id is empty"):
        tables.by_image(table)
