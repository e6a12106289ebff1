"""Delivered files, and every way in which one can be unusable."""

import gzip
import struct
import zipfile

import pytest

from faultcast.deformation.archive import as_text, read_members, read_single
from faultcast.errors import DataError


def make_zip(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_plain_gzip_and_zip_hold_the_same(tmp_path):
    plain = tmp_path / "a.csv"
    plain.write_bytes(b"x,y\n1,2\n")
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(b"x,y\n1,2\n"))
    zipped = make_zip(
        tmp_path / "b.zip", {"sub/a.csv": b"x,y\n1,2\n", "a.xml": "", "__MACOSX/._a.csv": b"\0"}
    )
    for path in (plain, packed, zipped):
        assert read_single(path) == ("a.csv", b"x,y\n1,2\n")


@pytest.mark.parametrize(
    "name", ["../out.csv", "a/../../out.csv", "/etc/out.csv", "C:\\out.csv", "..\\o.csv"]
)
def test_a_zip_that_climbs_out_is_refused_as_a_whole(tmp_path, name):
    path = make_zip(tmp_path / "z.zip", {"good.csv": "x", name: "x"})
    with pytest.raises(DataError, match="climbs out of its folder"):
        read_members(path, ".csv")


def test_a_truncated_zip(tmp_path):
    path = make_zip(tmp_path / "z.zip", {"a.csv": b"1,2\n" * 5000})
    whole = path.read_bytes()
    for n in (len(whole) // 2, len(whole) - 10, 3):
        path.write_bytes(whole[:n])
        with pytest.raises(DataError, match="cut or damaged"):
            read_members(path, ".csv")


def test_a_zip_with_a_flipped_byte(tmp_path):
    path = make_zip(tmp_path / "z.zip", {"a.csv": b"1,2\n" * 5000}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"cut or damaged.*CRC"):
        read_members(path, ".csv")


def test_bombs_by_ratio_by_size_and_by_a_false_size(tmp_path):
    bomb = make_zip(tmp_path / "bomb.zip", {"a.csv": b"0" * (40 << 20)})
    with pytest.raises(DataError, match="no data packs like that"):
        read_members(bomb, ".csv")
    many = make_zip(tmp_path / "many.zip", {f"{k}.csv": b"0" * (20 << 20) for k in range(2)})
    with pytest.raises(DataError, match=r"many.zip unpacks to 41943040 .*no data packs like that"):
        read_members(many, ".csv")
    big = make_zip(tmp_path / "big.zip", {"a.csv": b"1,2\n" * 500, "b.csv": b"1,2\n" * 500})
    with pytest.raises(DataError, match="4000 bytes, more than the 3999 allowed"):
        read_members(big, ".csv", max_bytes=3999)
    # a member that states a smaller size than it unpacks to is cut there and fails its checksum
    lying = tmp_path / "lying.zip"
    data = bomb.read_bytes().replace(struct.pack("<I", 40 << 20), struct.pack("<I", 10))
    lying.write_bytes(data)
    with pytest.raises(DataError, match="cut or damaged"):
        read_members(lying, ".csv")


def test_limits_of_plain_and_gzip(tmp_path):
    plain = tmp_path / "a.csv"
    plain.write_bytes(b"1" * 100)
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(b"1" * 100))
    for path in (plain, packed):
        with pytest.raises(DataError, match="99"):
            read_members(path, ".csv", max_bytes=99)
    packed.write_bytes(gzip.compress(b"1,2\n" * 1000)[:30])
    with pytest.raises(DataError, match="cut or damaged"):
        read_members(packed, ".csv")


def test_what_is_not_there(tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "page.zip").write_text("<html>")
    for path, text in (
        (tmp_path, "is a folder"),
        (tmp_path / "none.zip", "check the path"),
        (tmp_path / "empty.csv", "is empty"),
        (tmp_path / "page.zip", "is no zip"),
        (make_zip(tmp_path / "xml.zip", {"a.xml": ""}), "holds no .csv file but a.xml"),
    ):
        with pytest.raises(DataError, match=text):
            read_members(path, ".csv")
    two = make_zip(tmp_path / "two.zip", {"a.csv": "1", "b.csv": "2"})
    assert len(read_members(two, ".csv")) == 2
    with pytest.raises(DataError, match=r"holds 2 .csv files"):
        read_single(two)
    same = make_zip(tmp_path / "same.zip", {"x/a.csv": "1", "y/a.csv": "2"})
    with pytest.raises(DataError, match="two files of one name"):
        read_members(same, ".csv")


def test_an_encrypted_zip(tmp_path):
    path = make_zip(tmp_path / "z.zip", {"a.csv": "1,2\n"})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="is encrypted"):
        read_members(path, ".csv")


def test_text():
    assert as_text("a", b"\xef\xbb\xbfx\r\ny\r\n").text == "x\ny\n"
    for data, text in ((b"a\0b", "binary"), (b" \n\n", "blank")):
        with pytest.raises(DataError, match=text):
            as_text("a", data)
