"""The words that dates are written with: months and weekdays of the larger languages, zones.

Month and weekday names are those of Unicode CLDR, folded by `casefold` and without a final stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

_MONTHS = (
    "january jan januar jänner janvier janv enero ene gennaio gen janeiro januari ocak oca "
    "styczeń stycznia sty январь января янв січень січня январе leden ledna ianuarie tammikuuta "
    "يناير कानून जनवरी",
    "february feb februar feber février févr fév febrero febbraio fevereiro fev februari şubat şub "
    "luty lutego lut февраль февраля фев февр лютий лютого únor února februarie helmikuuta فبراير "
    "फ़रवरी फरवरी",
    "march mar märz mär mrz mars marzo março maart mrt maret mart marca marzec март марта мар "
    "березень березня březen března martie maaliskuuta مارس मार्च",
    "april apr avril avr abril abr aprile nisan nis kwiecień kwietnia kwi апрель апреля апр "
    "квітень квітня duben dubna aprilie huhtikuuta أبريل ابريل अप्रैल",
    "may mai mayo maggio mag maio mei maj mayıs май мая maja травень травня květen května "
    "toukokuuta مايو मई",
    "june jun juni juin junio giugno giu junho haziran haz czerwiec czerwca cze июнь июня июн "
    "червень червня červen června iunie kesäkuuta يونيو जून",
    "july jul juli juillet juil julio luglio lug julho temmuz tem lipiec lipca lip июль июля июл "
    "липень липня červenec července iulie heinäkuuta يوليو जुलाई",
    "august aug août aout agosto ago augustus agustus augusti ağustos ağu sierpień sierpnia sie "
    "август августа авг серпень серпня srpen srpna elokuuta أغسطس اغسطس अगस्त",
    "september sep sept septembre septiembre settembre set setembro eylül eyl wrzesień września "
    "wrz сентябрь сентября сен сент вересень вересня září septembrie syyskuuta سبتمبر सितंबर",
    "october oct oktober okt octobre octubre ottobre ott outubro out ekim eki październik "
    "października paź октябрь октября окт жовтень жовтня říjen října octombrie lokakuuta أكتوبر "
    "اكتوبر अक्टूबर",
    "november nov novembre noviembre novembro kasım kas listopad listopada lis ноябрь ноября ноя "
    "нояб noiembrie marraskuuta نوفمبر नवंबर",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro desember des aralık "
    "ara grudzień grudnia gru декабрь декабря дек грудень грудня prosinec prosince decembrie "
    "joulukuuta ديسمبر दिसंबर",
)

MONTHS: Mapping[str, int] = {
    name.casefold(): number for number, names in enumerate(_MONTHS, 1) for name in names.split()
}
"""The number of a month by each of its names and abbreviations."""

_WEEKDAYS = (
    "monday mon montag lundi lun lunes lunedì segunda segunda-feira maandag senin pazartesi "
    "poniedziałek понедельник пн понеділок pondělí måndag mandag luni maanantaina الاثنين सोमवार",
    "tuesday tue tues dienstag mardi martes mar martedì terça terça-feira dinsdag selasa salı "
    "wtorek вторник вт вівторок úterý tisdag tirsdag marți tiistaina الثلاثاء मंगलवार",
    "wednesday wed mittwoch mercredi mer miércoles mercoledì quarta quarta-feira woensdag rabu "
    "çarşamba środa среда ср середа středa onsdag miercuri keskiviikkona الأربعاء बुधवार",
    "thursday thu thur thurs donnerstag jeudi jeu jueves giovedì quinta quinta-feira donderdag "
    "kamis perşembe czwartek четверг чт четвер čtvrtek torsdag joi torstaina الخميس गुरुवार",
    "friday fri freitag vendredi ven viernes venerdì sexta sexta-feira vrijdag jumat cuma piątek "
    "пятница пт пʼятниця pátek fredag vineri perjantaina الجمعة शुक्रवार",
    "saturday sat samstag sonnabend samedi sam sábado sabato zaterdag sabtu cumartesi sobota "
    "суббота сб субота lördag lørdag sâmbătă lauantaina السبت शनिवार",
    "sunday sun sonntag dimanche dim domingo domenica zondag minggu pazar niedziela воскресенье "
    "вс неділя neděle söndag søndag duminică sunnuntaina الأحد रविवार",
)
WEEKDAYS = frozenset(name.casefold() for names in _WEEKDAYS for name in names.split())
"""Names of days, which say nothing beside a date and too little without one."""

LABELS = frozenset(
    "published publish posted updated update created modified added filed issued released edited "
    "date dated last first on at originally publication time pubdate "
    "veröffentlicht erschienen aktualisiert stand am um datum vom "
    "publié mis jour le à modifié paru publicado publicada actualizado el las a atualizado em às "
    "fecha data pubblicato aggiornato il alle gepubliceerd bijgewerkt op om "
    "опубликовано обновлено дата в "
    "the of de del do d uhr hrs hours h г года року р".split()
)
"""Words around a date that change nothing of it."""

RELATIVE = frozenset(
    "ago yesterday today tomorrow now just recently tonight earlier "
    "gestern heute vor jetzt hier aujourd'hui aujourd’hui hace ayer hoy ieri oggi ontem hoje há "
    "gisteren vandaag geleden вчера сегодня назад dün bugün önce".split()
)
"""Words of a date that counts from when it was written."""

UNSET = frozenset(
    {"none", "null", "nan", "nat", "nil", "n/a", "na", "undefined", "unknown", "-", "--", "tbd",
     "invalid date", "not available", "(null)", "\\n", "0", "0.0", "-1", "false"}
)  # fmt: skip
"""What programs write where they have no date."""


def _zones(spelled: str) -> dict[str, timedelta]:
    pairs = (entry.split("=") for entry in spelled.split())
    return {name: timedelta(hours=float(hours)) for name, hours in pairs}


ZONES: Mapping[str, timedelta] = _zones(
    "z=0 utc=0 gmt=0 ut=0 zulu=0 wet=0 west=1 bst=1 cet=1 mez=1 cest=2 mesz=2 eet=2 eest=3 msk=3 "
    "trt=3 sast=2 eat=3 cat=2 wat=1 gst=4 pkt=5 npt=5.75 wib=7 wita=8 wit=9 ict=7 hkt=8 sgt=8 "
    "pht=8 awst=8 jst=9 kst=9 acst=9.5 acdt=10.5 aest=10 aedt=11 nzst=12 nzdt=13 "
    "est=-5 edt=-4 cst=-6 cdt=-5 mst=-7 mdt=-6 pst=-8 pdt=-7 akst=-9 akdt=-8 hst=-10 "
    "nst=-3.5 ndt=-2.5 brt=-3 art=-3"
)
"""Zones by abbreviation: those of RFC 822 as it has them, others where news uses the abbreviation
for one zone. IST (India, Ireland, Israel) and AST (Atlantic, Arabia) stand for several."""
