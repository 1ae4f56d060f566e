"""How pages name their times: the words for published and changed, and what a page's language says of its dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tuoben.extract.dates import Stamp
from tuoben.model import Page

ZONES: Final = {"zh": 8, "ja": 9, "ko": 9}
"""Hours east of UTC that pages of a language speak from when they name no zone."""
MODIFIED_WORDS: Final = re.compile(
    r"(?:更新|修改|最后|最後|编辑于|編輯於|updated|modified|revised|edited|aktualisiert|geändert|änderung|mis à jour|"
    r"mise à jour|modifié|actualizad|actualización|modificad|aggiornat|aggiornamento|atualizad|atualização|bijgewerkt|"
    r"gewijzigd|aktualizacja|zaktualizowan|aktualizov|aktualizac|обновлен|изменен|оновлен|最終更新|수정|업데이트|uppdaterad|oppdatert|"
    r"opdateret|ændret|päivitetty|muokattu|frissít|módosít|güncelle|actualizat|ажуриран|ažuriran|diperbarui|cập nhật|"
    r"ενημέρωση|ενημερώθηκε|تحديث|به روز|עודכן|แก้ไข|อัปเดต|अपडेट)[^\d]{0,18}$",
    re.I,
)
_PUBLISHED: Final = (
    r"(?:发布|發布|發佈|发表|發表|刊发|刊登|(?<![\u4e00-\u9fff])(?:时间|日期|時間)|"
    r"(?:新闻|新聞|文章|公开|公開|发文|發文|发稿|录入|上传|上線|上线|添加|提交|播出|刊出|见报|稿件|信息)(?:时间|日期|時間)|"
    r"published|posted|first published|"
    r"veröffentlicht|veröffentlichung|erschienen|erstellt|publié|parution|\bparu|mise? en ligne|publicad|publicación|"
    r"publicação|pubblicat|gepubliceerd|geplaatst|opublikowan|data publikacji|publikov|опубликован|дата публикации|"
    r"опубліковано|公開|配信|掲載|入力|입력|등록|승인|publicerad|publisert|udgivet|offentliggjort|julkaistu|megjelent|yayın|"
    r"giriş|publicat|objavljeno|објављено|diterbitkan|tayang|ngày đăng|đăng lúc|δημοσίευση|δημοσιεύθηκε|نشر|انتشار|"
    r"פורסם|เผยแพร่|प्रकाशित)"
)
_GAP: Final = r"(?:(?![\u4e00-\u9fff](?:时间|日期|時間))[^\d]){0,18}"
"""What may stand between the word and the time: no label of another kind of time (活动时间, 引用日期)."""
PUBLISHED_WORDS: Final = re.compile(_PUBLISHED + _GAP + "$", re.I)
PUBLISHED_LABEL: Final = re.compile(_PUBLISHED + _GAP + r"\d", re.I)
OTHER_WORDS: Final = re.compile(
    r"(?:\b(?:registriert|registered|joined|member since|mitglied seit|beigetreten|inscrit|inscripción|registrado|"
    r"iscritto|"
    r"born|geboren|née?|nacido|died|gestorben|deadline|anmeldeschluss|bewerbungsschluss|closing date|"
    r"valid (?:until|from)|gültig|expires?|due|starts|starting|begins|doors|event date|date of event|veranstaltung|"
    r"termin|wann|when|until|bis zum|jusqu['’]au|hasta el|fino al|next (?:meeting|event|session)|effective|"
    r"retrieved|accessed|abgerufen|consulté)|"
    r"注册|註冊|登録日|가입|活动|活動|会议|會議|举办|舉辦|开始|結束|结束|截止|报名|報名|考试|比赛|开庭|施行|生效|有效期|"
    r"成文|印发|出生|引用|检索|開催|締切|募集期間|행사|마감|접수)[^\d.!?。]{0,14}$",
    re.I,
)
"""What stands before a time of something else than publication: members, events, deadlines, citations."""
OTHER_TIME: Final = re.compile(
    r"(?:^|[\s_-])(?:event|veranstaltung|termin|expir\w*|deadline|today|current-?(?:date|time)|clock|"
    r"(?:header|top|site|system|local)-?(?:date|time|bar))(?:$|[\s_-])|startdate|enddate"
)
"""Names of elements that tell the time of an event, or what day it is."""
DATE_LABEL: Final = re.compile(
    r"[\W_]*(?:(?:publication |release |posting )?date(?: published| posted| of publication)?|"
    r"(?:publish|post)ed(?: on| at)?|"
    r"datum|veröffentlicht(?: am)?|erschienen(?: am)?|erstellt(?: am)?|online seit|data(?: pubblicazione)?|fecha|"
    r"mis(?:e)? en ligne(?: le)?|publié(?: le)?|date de publication|pubblicato(?: il)?|publicado(?: el| em)?|дата|"
    r"发布(?:时间|日期|于)|發布(?:時間|日期)|日期|时间|時間|公開日|掲載日|발행일|등록일)[\W_]*",
    re.I,
)
"""A line that is nothing but the label of the date on the next."""
BAD_BOX: Final = ("comment", "related", "aside", "footer", "complementary", "contentinfo", "advert", "prompt")
"""Kinds of furniture whose times are not the story's."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a page writes its times: its language (without script), and whether 5/9/2024 is the ninth of May there."""

    lang: str
    month_first: bool

    @property
    def year_first(self) -> bool:
        """Whether a date of three short numbers begins with the year."""
        return self.lang in ZONES

    @property
    def offset(self) -> timedelta | None:
        """The zone that pages of the language speak from, None where there are several."""
        hours = ZONES.get(self.lang)
        return timedelta(hours=hours) if hours is not None else None


@dataclass(frozen=True, slots=True)
class Where:
    """Numbers of the headline's block (-1 when in none), the story's first block, and the one behind its last."""

    title: int
    first: int
    last: int


def plausible(stamp: Stamp | None, page: Page) -> Stamp | None:
    if stamp is None or stamp.value.year < 1990:
        return None
    if page.fetched_at is not None:
        value = stamp.value if stamp.value.tzinfo else stamp.value.replace(tzinfo=page.fetched_at.tzinfo)
        if value > page.fetched_at + timedelta(days=2):
            return None
    return stamp
