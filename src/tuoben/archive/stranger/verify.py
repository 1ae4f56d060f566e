#!/usr/bin/env python3
"""Checks the proof in this folder. Needs Python 3.8 or newer and openssl; uses no network and nothing of the archive.

    python3 verify.py                      what is in this folder, by itself
    python3 verify.py --key FILE           … and that the log's key is the one in FILE (from elsewhere, or from before)
    python3 verify.py --known FILE         … and that the log extends a checkpoint that you kept (needs consistency.json
                                           when that one is of another size)
    python3 verify.py --authority FILE     … and that the time stamp is by the certificate in FILE (PEM)
    python3 verify.py --wacz FILE          instead of this folder: each page in the list of a WACZ file that this
                                           archive made, and that its index leads to what is proven

It ends with 0 when everything holds, with 1 and the reason when anything does not. README.md says what that proves.
"""

from __future__ import annotations

import argparse
import base64
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
RECORDS = "archive/data.warc.gz"
OURS = (
    r"archive/data\.warc\.gz|indexes/index\.(idx|cdx\.gz)|pages/pages\.jsonl|datapackage(-digest)?\.json"
    r"|proofs/([0-9a-z-]+\.zip|verify\.py|README\.md)"
)
LARGEST = 1 << 26
MADE = {"urn:dom:": "-dom", "urn:view:": "-view"}  # what a browser made of a page: its DOM, a picture
LAST = ("response", "revisit", "resource")  # what the last record of a capture is
NOT_TOLD = ("warc-warcinfo-id", "tuoben-lead", "content-length")  # they speak of the place in a file, or follow


class Wrong(Exception):
    """The proof does not hold; the message says why."""


def read(*path: str) -> bytes:
    return HERE.joinpath(*path).read_bytes()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def openssl(*call: str, **files: bytes) -> bytes:
    """Run openssl in a folder that holds some files; what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            Path(folder, name).write_bytes(data)
        env = dict(os.environ, LC_ALL="C", TZ="UTC")
        done = subprocess.run(["openssl", *call], cwd=folder, capture_output=True, env=env, check=False)
        if done.returncode:
            raise Wrong(f"openssl {call[0]}: {done.stderr.decode('utf-8', 'replace').strip()[-300:]}")
        out = Path(folder, "out")
        return out.read_bytes() if out.exists() else done.stdout


# --- the records (WARC, ISO 28500): one gzip member each --------------------------------------------------------------
def members(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a file, each behind the place where its member begins."""
    at = 0
    while data:
        if data[:16] != b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x08\0Tb\x04\0":
            raise Wrong("the gzip header of a record was changed")
        inflater = zlib.decompressobj(31)
        try:
            record = inflater.decompress(data)
        except zlib.error as error:
            raise Wrong(f"a record is damaged ({error})") from error
        if not inflater.eof:
            raise Wrong("a record is cut")
        member, data = data[: len(data) - len(inflater.unused_data)], inflater.unused_data
        if zlib.crc32(member[20:]) != int.from_bytes(member[16:20], "little"):
            raise Wrong("a record is damaged (its seal does not fit)")
        yield at, record
        at += len(member)


def parsed(record: bytes) -> tuple[list[list[str]], bytes]:
    """The header fields and the block of a record."""
    head, found, block = record.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    fields = [[part.strip() for part in line.partition(":")[::2]] for line in lines[1:]]
    if not found or lines[0] != "WARC/1.1" or block[-4:] != b"\r\n\r\n":
        raise Wrong("a record is no WARC record")
    if field(fields, "Content-Length") != str(len(block) - 4):
        raise Wrong("a record has another length than it says")
    return fields, block[:-4]


def field(fields: list[list[str]], name: str) -> str:
    return next((value for key, value in fields if key.lower() == name.lower()), "")


def digest(data: bytes) -> str:
    return "sha256:" + base64.b32encode(sha256(data)).decode()


def seen(fields: list[list[str]]) -> tuple[str, str]:
    """(the address, the time to the second in 14 digits) of which a record tells."""
    date = re.sub(r"\.\d+", "", field(fields, "WARC-Date")).replace("Z", "+00:00")
    at = datetime.datetime.fromisoformat(date)
    at -= at.utcoffset() or datetime.timedelta(0)
    return field(fields, "WARC-Target-URI").strip("<>").replace(" ", "%20"), at.strftime("%Y%m%d%H%M%S")


def check_record(folder: tuple[str, ...], entry: dict[str, str]) -> tuple[list[list[str]], bytes, str, list[list[str]]]:
    """The record in a folder is the one that the entry of the log speaks of; (its header, its payload, the id of the
    record that holds its payload instead, the header that tells what was captured when)."""
    whole = [record for _, record in members(read(*folder, "record.warc.gz"))]
    # a record of another program lies, as it was, behind one of ours that holds its digest
    found = [parsed(record) for record in (whole[:1] if entry["type"] == "import" else whole)]
    for fields, block in found:
        if digest(block) != field(fields, "WARC-Block-Digest"):
            raise Wrong(f"the block of the {field(fields, 'WARC-Type')} record does not fit its digest")
    if entry["type"] == "import":
        last, note, kept = found[0][0], json.loads(found[0][1]), field(found[0][0], "Tuoben-Record-Digest")
        if [digest(record) for record in whole[1:]] != [kept]:
            raise Wrong("the imported record is not the one that was taken in")
        foreign, _, block = whole[1].partition(b"\r\n\r\n")
        payload = block.partition(b"\r\n\r\n")[2][:-4]
        lines = foreign.decode("utf-8", "surrogateescape").splitlines()[1:]
        about = [[part.strip() for part in line.partition(":")[::2]] for line in lines]
        elsewhere = note.get("refers_to", {}).get("record", "")
    else:
        kinds = [field(fields, "WARC-Type") for fields, _ in found]
        if (
            kinds[:-1] != (["metadata"] if kinds[-1] == "resource" else ["request", "metadata"])
            or kinds[-1] not in LAST
        ):
            raise Wrong("this is not a request, a metadata record and a response, nor a metadata record and a resource")
        last, note, kept = found[-1][0], json.loads(found[-2][1]), digest(found[-1][1])
        about = last
        # a resource is what a browser made of a page: no server sent it, so it has no header of HTTP
        payload = found[-1][1] if kinds[-1] == "resource" else found[-1][1].partition(b"\r\n\r\n")[2]
        if kinds[-1] != "revisit" and digest(payload) != entry["payload"]:
            raise Wrong("the payload does not fit its digest")
        elsewhere = field(last, "WARC-Refers-To").strip("<>") if kinds[-1] == "revisit" else ""
    told = [[pair for pair in fields if pair[0].lower() not in NOT_TOLD] for fields, _ in found]
    made = {
        "about": hashlib.sha256(note["salt"].encode() + canonical(told)).hexdigest(),
        "block": kept,
        "payload": field(last, "WARC-Payload-Digest"),
        "record": field(last, "WARC-Record-ID").strip("<>"),
        "time": field(last, "WARC-Date"),
    }
    for name, value in made.items():
        if entry[name] != value:
            raise Wrong(f"the record is not the one that the log was told of: {name} differs")
    return last, payload, elsewhere, about


# --- the log (RFC 6962, RFC 9162; C2SP signed-note, tlog-checkpoint) --------------------------------------------------
def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right)


def check_inclusion(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> None:
    if not 0 <= index < size:
        raise Wrong("the entry is behind the end of the log")
    at, last, result = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise Wrong("the inclusion proof is too long")
        if at & 1 or at == last:
            result = node(step, result)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            result = node(result, step)
        at, last = at >> 1, last >> 1
    if last or result != root:
        raise Wrong("the inclusion proof does not lead to the root of the checkpoint")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: list[bytes]) -> None:
    if not 0 < old <= new:
        raise Wrong("the log has fewer entries than the checkpoint that you kept")
    if old == new:
        if old_root != new_root:
            raise Wrong("the log was forked: at the same size it has another root than the checkpoint that you kept")
        return
    path = ([old_root] if old & (old - 1) == 0 else []) + path
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not path:
        raise Wrong("the consistency proof is empty")
    was = now = path[0]
    for step in path[1:]:
        if last == 0:
            raise Wrong("the consistency proof is too long")
        if at & 1 or at == last:
            was, now = node(step, was), node(step, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node(now, step)
        at, last = at >> 1, last >> 1
    if last or (was, now) != (old_root, new_root):
        raise Wrong("the log was forked: it does not extend the checkpoint that you kept")


def check_note(note: bytes, pem: bytes) -> tuple[str, int, bytes]:
    """A signed checkpoint; (name, size, root)."""
    text, _, lines = note.decode("utf-8").rpartition("\n\n")
    text += "\n"
    name, size, root = text.split("\n")[:3]
    der = base64.b64decode("".join(pem.decode("ascii").strip().split("\n")[1:-1]))
    key_id = sha256(name.encode() + b"\n\x01" + der[-32:])[:4]  # the key is the end of its DER form
    for line in lines.strip("\n").split("\n"):
        dash, signer, blob = line.split(" ")
        data = base64.b64decode(blob, validate=True)
        if (dash, signer, data[:4]) == ("\u2014", name, key_id):
            openssl("pkeyutl", "-verify", "-pubin", "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "signature",
                    key=pem, text=text.encode(), signature=data[4:])  # fmt: skip
            return name, int(size), base64.b64decode(root, validate=True)
    raise Wrong("the checkpoint is not signed by the key")


def check_stamp(name: str, checkpoint: bytes, authority: bytes) -> datetime.datetime:
    """A time stamp (RFC 3161) over the checkpoint by the first certificate of its authority; the time."""
    answer, chain = read("timestamps", name), authority or read("timestamps", name[:-4] + ".pem")
    pinned = re.findall(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", chain, re.S)[0] + b"\n"
    token = openssl("ts", "-reply", "-in", "answer", "-token_out", "-out", "out", answer=answer)
    text = openssl("ts", "-reply", "-token_in", "-in", "token", "-text", token=token).decode("utf-8", "replace")
    day, clock, year = re.findall(r"(?m)^Time stamp: (\w+ +\d+) ([\d:]+)(?:\.\d+)? (\d+) GMT$", text)[0]
    at = datetime.datetime.strptime(f"{day} {clock} {year} +0000", "%b %d %H:%M:%S %Y %z")
    openssl("ts", "-verify", "-in", "answer", "-data", "data", "-CAfile", "pinned", "-untrusted", "chain",
            "-partial_chain", "-attime", str(int(at.timestamp())),
            answer=answer, data=checkpoint, pinned=pinned, chain=chain)  # fmt: skip
    return at


def check_entry(
    folder: tuple[str, ...], size: int, root: bytes
) -> tuple[dict[str, str], list[list[str]], bytes, str, int, list[list[str]]]:
    """The record in a folder, and that the log holds it."""
    raw, proof = read(*folder, "entry.json"), json.loads(read(*folder, "inclusion.json"))
    entry = json.loads(raw)
    last, payload, elsewhere, about = check_record(folder, entry)
    if proof["size"] != size:
        raise Wrong("the inclusion proof is for another checkpoint")
    check_inclusion(sha256(b"\0" + raw), proof["index"], size, [bytes.fromhex(step) for step in proof["path"]], root)
    return entry, last, payload, elsewhere, proof["index"], about


def check(call: argparse.Namespace) -> list[list[str]]:
    """The proof in the folder; the header that tells what was captured when."""
    pem, checkpoint = read("key.pem"), read("checkpoint")
    if call.key and Path(call.key).read_bytes().split() != pem.split():
        raise Wrong(f"the key is another one than {call.key}")
    name, size, root = check_note(checkpoint, pem)
    entry, last, payload, elsewhere, index, about = check_entry((), size, root)
    if elsewhere:
        first, _, payload, _, _, _ = check_entry(("original",), size, root)
        if first["record"] != elsewhere or entry["payload"] not in ("", digest(payload)):
            raise Wrong("the record with the payload is not the one that the revisit refers to")
    if call.known:
        _, old, old_root = check_note(Path(call.known).read_bytes(), pem)
        grown = json.loads(read("consistency.json") if old < size else f'{{"from": {old}, "path": []}}')
        if grown["from"] != old:
            raise Wrong(f"consistency.json is for another checkpoint than {call.known}")
        check_consistency(old, size, old_root, root, [bytes.fromhex(step) for step in grown["path"]])
    given = Path(call.authority).read_bytes() if call.authority else b""
    stamps = sorted(one.name for one in HERE.glob("timestamps/*.tsr"))
    times = [check_stamp(one, checkpoint, given) for one in stamps]
    if given and not times:
        raise Wrong("there is no time stamp")
    print("address    ", field(last, "WARC-Target-URI").replace("urn:tuoben:note:", ""))
    print("payload    ", len(payload), "bytes, sha256", sha256(payload).hex())
    print("snapshot   ", entry["time"], "(the archive's own word)")
    print("log        ", f"entry {index} of {size}, {name}, sha256 of key.pem {sha256(pem).hex()[:16]}…")
    for at in times:
        print("time stamp ", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
    if times:
        print("PROVEN: held unchanged since", min(times).strftime("%Y-%m-%d %H:%M:%S UTC."))
    else:
        print("HOLDS: held unchanged since the archive signed for it. No authority says when that was.")
    return about


# --- the proofs in a WACZ ---------------------------------------------------------------------------------------------
def lines(package: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with package.open(name) as file:
        while line := file.readline(LARGEST):
            if not line.endswith(b"\n"):
                raise Wrong(f"a line of {name} has no end, or too many bytes")
            yield line


def pages(package: zipfile.ZipFile) -> Iterator[dict[str, str]]:
    """The pages that readers of the package are led to."""
    told = lines(package, "pages/pages.jsonl")
    next(told, None)  # what the list is
    for line in told:
        page = json.loads(line)
        if not isinstance(page, dict) or not all(isinstance(page.get(name), str) for name in ("id", "url", "ts")):
            raise Wrong("a line of pages/pages.jsonl is no page")
        if not re.fullmatch(r"[0-9a-z-]+", page["id"]):
            raise Wrong(f"the page {page['id']!r} has a name that no proof can have")
        yield page


def piece(call: argparse.Namespace, info: zipfile.ZipInfo, offset: int, length: int) -> bytes:
    """Some bytes of a member that is not deflated."""
    if type(offset) is not int or type(length) is not int or not 0 <= offset < offset + length <= info.file_size:
        raise Wrong(f"a proof tells of a place that is not in {info.filename}")
    if info.compress_type != zipfile.ZIP_STORED:
        raise Wrong(f"{info.filename} is deflated, so that nothing in it can be looked up")
    with Path(call.wacz).open("rb") as file:
        file.seek(info.header_offset + 26)
        names = file.read(4)
        file.seek(int.from_bytes(names[:2], "little") + int.from_bytes(names[2:], "little") + offset, os.SEEK_CUR)
        return file.read(length)


def check_page(call: argparse.Namespace, package: zipfile.ZipFile, page: dict[str, str]) -> tuple[str, tuple[int, int]]:
    """The proof of a page of the package, with its records out of the file of records there; its time, and where the
    record of the answer lies there, as the index is to tell it: (offset, length)."""
    global HERE
    name = f"proofs/{page['id']}.zip"
    if name not in package.NameToInfo:
        raise Wrong(f"there is no proof of {page['url']}")
    with tempfile.TemporaryDirectory() as folder, package.open(name) as inner, zipfile.ZipFile(inner) as proof:
        HERE = Path(folder)
        for part in ("original", "timestamps"):
            HERE.joinpath(part).mkdir()
        for info in proof.infolist():
            path = info.filename.partition("/")[2]
            if not re.fullmatch(r"((original|timestamps)/)?[A-Za-z0-9_-][A-Za-z0-9._-]*", path):
                raise Wrong(f"{name} holds a file that belongs to no proof: {info.filename!r}")
            if info.file_size > LARGEST:
                raise Wrong(f"{name} holds a file that is too large for a proof: {info.filename!r}")
            HERE.joinpath(path).write_bytes(proof.read(info))
        places = json.loads(read("places.json"))
        for path, (offset, length) in places.items():
            if path not in ("record.warc.gz", "original/record.warc.gz"):
                raise Wrong(f"{name} tells of a file that belongs to no proof: {path!r}")
            HERE.joinpath(path).write_bytes(piece(call, package.getinfo(RECORDS), offset, length))
        address, time = seen(check(call))
        if address != page["url"] or time != re.sub(r"\D", "", page.get("ts", time)):
            raise Wrong(f"the proof is of another page than {page['url']} of {page.get('ts', time)}")
        if call.key is None:
            call.key = Path(call.folder, "key.pem")  # one archive signed for all pages
            call.key.write_bytes(read("key.pem"))
        offset, length = places["record.warc.gz"]
        *_, (last, _) = members(read("record.warc.gz"))
        return time, (offset + last, length - last)


def parts(page: dict[str, str], names: list[str]) -> list[dict[str, str]]:
    """A page, and what a browser made of it: each has a proof of its own."""
    made = [{"id": page["id"] + end, "url": first + page["url"]} for first, end in MADE.items()]
    return [page, *(one for one in made if f"proofs/{one['id']}.zip" in names)]


def index(package: zipfile.ZipFile) -> Iterator[tuple[str, str, str, tuple[int, int]]]:
    """The lines of the index: key, time, address, and the record's place. Its blocks fill the file without a gap."""
    told, at = lines(package, "indexes/index.idx"), 0
    next(told, None)  # what the index is
    with package.open("indexes/index.cdx.gz") as blocks:
        for first in told:
            place = json.loads(first.split(b" ", 2)[2])
            if type(place["length"]) is not int or not 0 < place["length"] <= LARGEST:
                raise Wrong("the index has a block of no possible length")
            block = blocks.read(place["length"])
            inflater = zlib.decompressobj(31)
            text = inflater.decompress(block, LARGEST)
            if place["offset"] != at or not inflater.eof or inflater.unused_data:
                raise Wrong("the index has blocks beside those that are listed")
            at += len(block)
            for line in text.decode("utf-8").splitlines():
                key, time, fields = line.split(" ", 2)
                said = json.loads(fields)
                if said["filename"] != RECORDS.rpartition("/")[2]:
                    raise Wrong(f"the index names a file of records that nothing proves: {said['filename']!r}")
                yield key, time, said["url"], (int(said["offset"]), int(said["length"]))
        if blocks.read(1):
            raise Wrong("the index has blocks beside those that are listed")


def check_index(package: zipfile.ZipFile, proven: dict[tuple[str, str], set[tuple[int, int]]]) -> None:
    """Whoever looks up a proven page in the index is led to the record that the proof is of, and to no other."""
    keys: dict[tuple[str, str], set[tuple[int, int]]] = {}
    missing = {(address, time, place) for (address, time), places in proven.items() for place in places}
    for key, time, address, place in index(package):
        if place in proven.get((address, time), ()):
            keys.setdefault((key, time), set()).add(place)
            missing.discard((address, time, place))
    for address, _, _ in sorted(missing):
        raise Wrong(f"the index does not lead to the record of {address} that was proven")
    for key, time, address, place in index(package):
        if address.startswith(tuple(MADE)) and (address, time) not in proven:
            raise Wrong(f"nothing proves what a browser made of a page: {address}")
        right = keys.get((key, time), set()) | proven.get((address, time), set())
        if right and place not in right:
            raise Wrong(f"the index leads to another record of {address} than the one that was proven")


def check_package(call: argparse.Namespace) -> None:
    """Every page in the list of a WACZ has its proof, and the index leads to what is proven."""
    proven: dict[tuple[str, str], set[tuple[int, int]]] = {}
    count, failed = 0, ""
    with zipfile.ZipFile(call.wacz) as package, tempfile.TemporaryDirectory() as call.folder:
        names = package.namelist()
        if len(set(names)) != len(names):
            raise Wrong("two files of the package have the same name")
        for name in names:
            if not re.fullmatch(OURS, name):
                raise Wrong(f"the package holds a file that nothing proves: {name!r}")
        for page in (part for one in pages(package) for part in parts(one, names)):
            print(page["id"])
            count += 1
            try:
                time, place = check_page(call, package, page)
            except FAULTS as error:
                print("NOT PROVEN:", said(error))
                failed = failed or said(error)
            else:
                proven.setdefault((page["url"], time), set()).add(place)
        if not count:
            raise Wrong("there is no page in the package")
        check_index(package, proven)
    if failed:
        raise Wrong(f"{sum(map(len, proven.values()))} of {count} pages are proven, the first other one: {failed}")


FAULTS = (
    Wrong, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def said(error: BaseException) -> str:
    if isinstance(error, (Wrong, OSError)):
        return str(error)
    return f"a file of the proof is not what it should be ({type(error).__name__}: {error})"


def main() -> None:
    parser = argparse.ArgumentParser(description="Checks the proof in this folder, or those in a WACZ file.")
    for name in ("--key", "--known", "--authority", "--wacz"):
        parser.add_argument(name, metavar="FILE")
    call = parser.parse_args()
    try:
        (check_package if call.wacz else check)(call)
    except FAULTS as error:
        sys.exit(f"NOT PROVEN: {said(error)}.")


if __name__ == "__main__":
    main()
