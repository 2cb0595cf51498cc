"""Which encoding a file is in, in the languages and encodings that exports come in."""

from __future__ import annotations

import pytest

from pipeline.core.errors import InputError
from pipeline.sources.encoding import LOOKED_AT, check_encoding, found_encoding

TEXTS = {
    "Der Bürgermeister von Köln sagte, die Brücke müsse gesperrt werden. Gebühren fallen weg.":
        "cp1252 mac_roman cp850",
    "„Größe“ – 3 €": "cp1252",
    "Le président a déclaré que la réforme sera présentée après l’été : « C’est un défi ».":
        "cp1252 mac_roman",
    "El alcalde de Málaga lo dijo el miércoles. «¿Cómo lo haremos?», preguntó el señor Núñez.":
        "cp1252",
    "O Ministério da Educação anunciou que não haverá aulas. A decisão foi criticada.": "cp1252",
    "The mayor said the café would re-open – “a relief”, said Zoë Müller of São Paulo.": "cp1252",
    "Statsministeren sagde, at den nye lov træder i kraft. Større økonomi på Sjælland.": "cp1252",
    "Pääministeri sanoi tiistaina, että uusi laki tulee voimaan. Sää on kylmä tänään.": "cp1252",
    "Forsætisráðherra sagði á þriðjudag að nýju lögin tækju gildi í janúar.": "cp1252",
    "Prezydent Łodzi powiedział, że żłobki będą otwarte dłużej. Rząd przyjął ustawę.":
        "cp1250 iso8859_2",
    "Ministr zahraničí řekl v úterý, že příští týden přijede delegace z Německa.": "cp1250",
    "A miniszterelnök azt mondta, hogy az új törvény őszre elkészül a képviselők előtt.": "cp1250",
    "Preşedintele a declarat marţi că noua lege va intra în vigoare. Oraşul Iaşi.": "cp1250",
    "Ministras pirmininkas antradienį pareiškė, kad naujas įstatymas įsigalios. Žmonės.": "cp1257",
    "Cumhurbaşkanı salı günü yeni yasanın ocak ayında yürürlüğe gireceğini söyledi.": "cp1254",
    "Президент заявил во вторник, что новый закон вступит в силу в январе.":
        "cp1251 koi8_r cp866",
    "Ο πρωθυπουργός δήλωσε την Τρίτη ότι ο νέος νόμος θα τεθεί σε ισχύ.": "cp1253",
    "ראש הממשלה אמר ביום שלישי כי החוק החדש ייכנס לתוקף בינואר.": "cp1255",
    "قال رئيس الوزراء يوم الثلاثاء إن القانون الجديد سيدخل حيز التنفيذ في يناير.": "cp1256",
    "总理星期二表示，新法律将于一月生效。议员们批准了明年的预算。": "gb18030",
    "首相は火曜日、新しい法律が一月に施行されると述べた。議員たちは来年の予算を承認した。":
        "cp932 euc_jp",
    "총리는 화요일 새 법이 1월에 시행될 것이라고 말했다. 의원들은 내년 예산을 승인했다.": "cp949",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "encoding"), [(t, e) for t, several in TEXTS.items() for e in several.split()]
)
@pytest.mark.parametrize("rows", [1, 30])
def test_an_encoding_is_found_by_the_letters(text: str, encoding: str, rows: int) -> None:
    raw = "".join(f"{number},{text}\n" for number in range(rows)).encode(encoding)
    assert raw.decode(found_encoding(raw)) == raw.decode(encoding)


@pytest.mark.parametrize("text", TEXTS)
def test_utf_8_and_marks(text: str) -> None:
    assert found_encoding(text.encode()) == "utf-8"
    assert found_encoding(text.encode("utf-8-sig")) == "utf-8-sig"
    assert found_encoding(text.encode("utf-16")) == "utf-16"
    assert found_encoding(text.encode("utf-32")) == "utf-32"
    long = (f"{text} " * LOOKED_AT).encode()[:LOOKED_AT]
    assert found_encoding(long) == "utf-8"
    assert found_encoding(long[: LOOKED_AT - 1] + b"\xc3") == "utf-8"  # cut in a character


def test_a_few_lines_of_another_encoding_are_not_the_files() -> None:
    lines = ["é à ü".encode(), b"plain", "é à ü".encode("cp1252")]
    assert found_encoding(b"\r\n".join(lines)) == "utf-8"
    assert found_encoding(b"\r".join([*lines, lines[-1]])) == "cp1252"


def test_what_is_no_text_is_not_guessed() -> None:
    assert found_encoding(b"") == "utf-8"
    assert found_encoding(b"plain") == "utf-8"
    assert found_encoding("ü".encode("utf-16-le")) == "utf-8"
    assert found_encoding(bytes(range(256))) == "utf-8"


def test_an_encoding_that_there_is_not() -> None:
    check_encoding("auto")
    check_encoding("cp1252")
    with pytest.raises(InputError, match=r"source\.encoding=utf8000"):
        check_encoding("utf8000")
