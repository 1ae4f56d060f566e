# ruff: noqa: E501 -- tables of words and patterns: one kind a line reads better than wrapped ones
"""The tables of words that extraction knows: names of furniture, markers, by-line words. Data, no logic but lookups."""

from __future__ import annotations

import re
from typing import Final

from tuoben.patterns import by_letter


def table(text: str) -> frozenset[str]:
    """A set of words from a readable line of them."""
    return frozenset(text.split())


SENTENCE_ENDS: Final = frozenset('。！？；…”」』.!?;"')


def _apart(pattern: str) -> list[str]:
    """The alternatives of a pattern at its top level."""
    found = [""]
    depth = 0
    for piece in re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|.", pattern, re.S):
        depth += (piece == "(") - (piece == ")")
        if piece == "|" and not depth:
            found.append("")
        else:
            found[-1] += piece
    return found


NOISE_TAGS: Final = table("nav footer aside menu form dialog noscript")
NOISE_ROLES: Final = table(
    "navigation complementary contentinfo banner search dialog alertdialog menu menubar toolbar tablist"
)

# Names in class and id by which page furniture gives itself away, whole words or beginnings of words.
_NOISE: Final = (
    ("consent", r"cookie\w*|onetrust\w*|ot-(?:sdk|pc)[\w-]*|gdpr\w*|consent\w*|didomi[\w-]*|qc-cmp[\w-]*|sp_message[\w-]*|usercentrics[\w-]*|cmp-?(?:box|container|banner|modal)[\w-]*|truste[\w-]*"),
    ("comment", r"comments?|commentlist|comment-?(?:list|area|box|wrap|section|form)s?|disqus\w*|pinglun|reply|replies|respond|gentie|post-?comment\w*"),
    ("related", r"related\w*|recommend\w*|recirc\w*|tuijian|xiangguan|morenews|more-?(?:news|stories|on|from|articles|posts)\w*|most-?(?:read|popular|viewed)\w*|popular\w*|trending\w*|hot-?(?:news|list|article|rank|word|tag)\w*|rank(?:ing)?(?:list|box)?|read-?(?:next|more|also)\w*|you-?may\w*|guess\w*|outbrain\w*|taboola\w*|promo\w*|teaser\w*|suggest\w*|similar\w*|see-?also|further-?reading|next-?(?:article|post|up)\w*|prev(?:ious)?-?(?:article|post|next)\w*|yarpp\w*|jp-relatedposts|xgxw|xgyd"),
    ("share", r"share\w*|sharing\w*|social\w*|addthis\w*|addtoany\w*|fenxiang|bdshare\w*|bshare\w*|jiathis\w*|sns|follow-?us\w*|weixin-?code|qrcode\w*|qr-?code|erweima|ewm"),
    ("nav", r"nav|navs|navbar|navi|navigation|main-?nav\w*|sub-?nav\w*|menu\w*|breadcrumbs?|bread-?crumb\w*|crumbs?|mianbaoxie|location|position-?nav|topbar|top-?bar|toolbar|tabbar|tabs|pagination|pager|page-?nav\w*|site-?header|masthead|skip-?link\w*|sitemap|header-?nav\w*|currpos|curr-?position|weizhi"),
    ("footer", r"footer\w*|foot|site-?footer\w*|page-?footer|copyright\w*|copy-?right|declare|declaration|(?:article|bottom|platform)-?(?:statement|declare\w*)|colophon|disclaimer\w*|mianze|shengming|bottom-?bar"),
    ("aside", r"sidebar\w*|side-?bar\w*|side-?(?:col|column|nav|box|wrap|right|left)\w*|aside\w*|rail|right-?rail|left-?rail|right-?(?:side|col|column|bar|box)\w*|col-?right|rightcol\w*|widget\w*"),
    ("advert", r"ads?|adv|advert\w*|ad-?(?:box|slot|unit|wrap\w*|container|banner|block|label|text|break)\w*|sponsor\w*|guanggao|banner\w*|dfp\w*|gpt-?ad\w*|adsbygoogle|promotion\w*"),
    ("prompt", r"newsletter\w*|subscri\w*|signup\w*|sign-?up\w*|login\w*|log-?in|register\w*|paywall-?(?:banner|prompt|overlay|modal|message|offer|box|cta)\w*|regwall\w*|meter(?:ed)?-?(?:wall|box|banner|message)\w*|(?:subscriber|subscription|premium|piano)-?(?:offers?|wall|box|prompt|message|promo)\w*|offers?-?(?:box|wall|banner)\w*|modal\w*|popup\w*|pop-?up\w*|overlay\w*|app-?(?:download|banner|open|promo)\w*|download-?app|donat\w*|print-?only|hidden-?print|screen-?reader\w*|sr-only|visually-?hidden|noprint|toast|tooltip\w*|[\w-]*consent\w*|lightbox\w*|layer|layer[_-]\w+|jw-\w+|video-?js|vjs-\w+"),
    ("credit", r"author-?(?:bio|box|info|card|profile|about|desc\w*)\w*|about-?(?:the-?)?author\w*|bio|biography|post-?(?:tags|footer|navigation|nav)|tags?|tag-?(?:list|cloud|box|s)\w*|keywords?|topics?-?list|taglist|article-?tags?|entry-?(?:footer|tags)|cat-?links|editor-?info|zebian"),
)  # fmt: skip
_NOISE_RE: Final = tuple(
    (reason, re.compile(rf"(?:^|[\s_-])(?:{pattern})(?=$|[\s_]|-(?!body|content|text|main|article))"))
    for reason, pattern in _NOISE
)
_ANYWHERE: Final = r"[\w-]*consent\w*"
"""The only one of those names that may stand behind any letter."""


_END: Final = r"(?=$|[\s_]|-(?!body|content|text|main|article))"


def _of_part(names: str) -> str:
    """A pattern of names with those that begin with one letter put together, but for _ANYWHERE."""
    return by_letter([name for name in _apart(names) if name != _ANYWHERE])


_NOISY: Final = re.compile(rf"(?<![^_-])(?:{_of_part('|'.join(names for _, names in _NOISE))}){_END}")
"""What this does not find is asked for none of the kinds: most names stop here."""
_NOISES: Final = re.compile(rf"(?<![^_-])(?:{'|'.join(f'({_of_part(names)}){_END}' for _, names in _NOISE)})")
"""The kinds as groups, the first first: which of them begins at a part of a name."""
_HIDDEN: Final = table(
    "hidden u-hidden is-hidden visuallyhidden visually-hidden sr-only screen-reader-text d-none hide"
)
_SHOWN: Final = re.compile(r":(?:block|flex|grid|inline)|d-(?:sm|md|lg|xl)-(?:block|flex)|active|article|content")
_OF_BODY: Final = r"[-_]?(?:body|content|text|main|con|detail|container|wrap)"
_BODYISH: Final = re.compile(
    "|".join(rf"{name}{_OF_BODY}" for name in ("story", "news", "main", "page", "single", "detail"))
    + "|"
    + "|".join(rf"{name}(?:{_OF_BODY}|(?<![^\s_-]{name})(?!\S))" for name in ("article", "post", "entry"))
    + r"|embed|has-|no-|with-|is-|wrapper|layout|theme|body(?:(?<=^body)|(?<=\bbody)\b)|grid|hentry"
)


SLUG: Final = 5
"""Hyphens from which a name is taken for words of a headline, which speak of no furniture."""


_NONE: Final = len(_NOISE_RE)
REMEMBERED: Final = 16384
"""Names of which it is kept what they speak of; then all are forgotten. A plain dict is asked in half the time of
functools' cache, and its memory lies closer together."""
_TOLD: Final[dict[str, int]] = {}
_OF_BODIES: Final[dict[str, bool]] = {}


def _told(token: str) -> int:
    """What one name in a class or id speaks of: the number of the kind of furniture, _NONE when of none, with _HIDES,
    _CAPTIONS and _CRUMBS added to it."""
    known = _TOLD.get(token, -1)
    if known < 0:
        if len(_TOLD) >= REMEMBERED:
            _TOLD.clear()
        known = _kind(token) + (_HIDES if token in _HIDDEN else 0)
        if _SAYING.search(token) is not None:
            known += _CAPTIONS if CAPTION.search(token) is not None else 0
            known += _CRUMBS if BREADCRUMB.search(token) is not None else 0
        _TOLD[token] = known
    return known


_HIDES: Final = 64
"""The element is hidden."""
_CAPTIONS: Final = 128
"""It is the caption or credit of an image."""
_CRUMBS: Final = 256
"""It is the way to the page."""
_KIND: Final = 63


def _kind(token: str) -> int:
    """Number of the first kind of furniture that one name in a class or id speaks of, _NONE when of none."""
    if token.count("-") >= SLUG and not token.startswith(("ad", "cookie", "newsletter", "related")):
        return _NONE
    if "consent" in token:
        return _kind_alone(token)
    number = _NONE
    found = _NOISES.search(token) if _NOISY.search(token) is not None else None
    while found is not None:
        number = min(number, (found.lastindex or 0) - 1)
        found = _NOISES.search(token, found.start() + 1)
    return number


def _kind_alone(token: str) -> int:
    """The same by the patterns one by one, as they stand in the table."""
    for at, (_, pattern) in enumerate(_NOISE_RE):
        if pattern.search(token):
            return at
    return _NONE


def _speaks_of_body(token: str) -> bool:
    known = _OF_BODIES.get(token)
    if known is None:
        if len(_OF_BODIES) >= REMEMBERED:
            _OF_BODIES.clear()
        known = _OF_BODIES[token] = _BODYISH.search(token) is not None
    return known


def spoken(hint: str) -> tuple[str, bool, bool]:
    """Of a lower-case "id class" text: which kind of page furniture it names, "" when none (or it names the content
    too), whether it names the caption or credit of an image, and whether the way to a page."""
    tokens = hint.split()
    number = _NONE
    flags = 0
    for token in tokens:
        told = _told(token)
        flags |= told
        kind = told & _KIND
        if kind < number:
            number = kind
    return _noise(tokens, number, flags & _HIDES != 0), flags & _CAPTIONS != 0, flags & _CRUMBS != 0


def _noise(tokens: list[str], number: int, hides: bool) -> str:
    """The kind of furniture that some names speak of together; `number`: the first of theirs."""
    if hides and not any(_SHOWN.search(token) for token in tokens):
        return "prompt"
    if number == _NONE:
        return ""
    for token in tokens:
        if _speaks_of_body(token):
            return ""
    return _NOISE_RE[number][0]


def holds(text: str, told: tuple[str, ...]) -> bool:
    """Whether a text holds one of some words: many times as fast as a pattern of them."""
    for word in told:  # noqa: SIM110 -- a generator takes twice the time
        if word in text:
            return True
    return False


def _any(*patterns: str) -> str:
    return by_letter([part for pattern in patterns for part in _apart(pattern)])


def _folded(pattern: str) -> re.Pattern[str]:
    """A pattern for texts in lower case: several times as fast as one that ignores case."""
    return re.compile(re.sub(r"(?<!\\)[A-Z]", lambda letter: letter[0].lower(), pattern))


# A short block that begins like this opens something that is not the story: what follows in its box is left out.
END_MARKERS: Final = _folded(
    r"[\W_]{0,4}(?:"
    + _any(
        # Chinese, both scripts
        r"(?:相关|相關)(?:新闻|新聞|阅读|閱讀|文章|报道|報道|報導|推荐|推薦|链接|連結|资讯|資訊|专题|專題|内容|話題|话题|视频|標籤|标签|搜索)",
        r"(?:延伸|拓展|扩展|推荐|推薦|更多|精选|热点|热门|關聯|关联)(?:阅读|閱讀)",
        r"(?:热门|熱門|最新|热点)(?:推荐|推薦|文章|新闻|新聞|评论|評論|排行|話題|话题|资讯|资讯|搜索|图集|视频|關鍵字)",
        r"(?:为您|为你|為您|為你|精彩|编辑|編輯|今日|小编|相关|头条|新闻|频道|猜您|猜你)(?:推荐|推薦)",
        r"(?:猜你|猜您|你可能|您可能|大家|人人)(?:还|還|也|都)?(?:喜欢|喜歡|感兴趣|感興趣|在看|愛看|会喜欢)",
        r"(?:网友|網友|最新|热门|全部|精彩|用户|我要|发表|發表|参与|查看)(?:评论|評論|跟贴|留言|回應|全部评论)",
        r"(?:评论|評論|留言|跟贴|網友回應)\s*(?:区|區|列表)?\s*[\((（]?\s*\d*\s*[\))）]?$",
        r"更多(?:精彩|新闻|新聞|资讯|資訊|内容|文章|相关|相關|热门|报道)",
        r"(?:上|下)一(?:篇|条|則|则|页|頁)",
        r"(?:点击|新闻|阅读|热门|一周|24小时|24小時|今日|人气|人氣)(?:排行|热榜|最热|熱門)",
        r"(?:图片|圖片|精彩|高清|热图)(?:新闻|新聞|推荐|图集|美图)$",
        r"(?:往期|历史)(?:回顾|精彩|文章|推荐)",
        r"(?:该|此|小编|作者|ta的?|本)(?:作者)?(?:最近|最新|其他|热门)(?:文章|新闻)",
        r"免责声明|免責聲明|版权声明|版權聲明|特别声明|特別聲明|网站声明|郑重声明|凡(?:本网|注明)",
        r"(?:返回|回到)(?:首页|顶部|列表)",
        # English
        r"related(?:\s+(?:articles?|stor(?:y|ies)|content|coverage|news|posts?|topics?|links?|reading|tags|items|video|videos))?\s*:?$",
        r"(?:more|latest|other)\s+(?:from|stories|news|posts|headlines|articles|in|like this|coverage|videos|on this)\b",
        r"recommended(?:\s+(?:for you|stories|reading|articles|videos|by))?\s*:?$|recommended for you",
        r"you\s+(?:may|might)\s+(?:also\s+)?(?:like|enjoy|be interested|have missed)",
        r"most\s+(?:read|popular|viewed|shared|recent|commented)|trending(?:\s+\w+)?$|popular(?:\s+(?:posts|stories|now|articles|on|in))?$",
        r"(?:\d+\s+)?(?:comments?|responses?|replies|thoughts on)\b(?:\s*\(?\d*\)?\s*:?$|\s+(?:on|to|section|policy))|no comments",
        r"leave\s+a\s+(?:reply|comment)|(?:post|add|write)\s+a\s+comment|join\s+the\s+(?:conversation|discussion)|view (?:all )?comments|show comments",
        r"about\s+the\s+authors?$|what to read next|up next|read next|editor'?s?'?\s+(?:picks?|choice)|don'?t miss$|top stories$|see also\s*:?$",
        r"(?:sponsored|promoted)(?:\s+\w+)?$|around the web|from the web|from our partners|paid content",
        r"subscribe (?:now )?to (?:read|continue|unlock)|sign up (?:for|to) (?:our|the)|get (?:our|the) (?:latest|best|newsletter)|subscribe to (?:our|the)",
        r"this (?:article|story|content|post|page) is (?:\w+ )?(?:for|available (?:only )?(?:to|for)|reserved for) .{0,30}(?:subscribers|members|readers)|already (?:a |an )?(?:\w+ )?(?:subscriber|subscribed|member|registered)|(?:subscribe|register|sign up|log ?in|sign in|create an account|join)(?: (?:now|today|here|free|for free|or \w+(?: in)?))? (?:to|and) (?:read|keep reading|access|continue|unlock|view|see)|(?:to )?continue reading (?:this|with|for|your)|(?:you have|you’ve|you've) (?:reached|read|used) .{0,30}(?:free|limit)|unlock (?:this|the full|unlimited)",
        r"(?:jetzt |weiter)?(?:weiterlesen (?:mit|ohne|und)|lesen sie (?:jetzt )?(?:weiter|den ganzen)|testen sie)|(?:sie sind )?(?:bereits|schon) (?:\w+[- ]?)?(?:abonnent|kunde|registriert|abonniert)|(?:dieser|der) (?:artikel|inhalt|text) ist (?:nur |exklusiv )?(?:für|mit)|(?:cet|l['’]) ?article (?:est|reste) réservé|il vous reste .{0,20}(?:à lire|de cet article)|(?:déjà|vous êtes) abonnée?|la suite (?:est|de cet)|(?:suscríbete|regístrate|suscribite|hazte).{0,20} (?:para|y) (?:seguir|continuar|leer|acceder)|¿?ya (?:eres|sos|tienes|estás) (?:\w+ )?(?:suscript|suscrit|cuenta)|(?:assine|cadastre-se).{0,20} (?:para|e) (?:continuar|ler|ter)|já (?:é|sou) (?:\w+ )?(?:assinante|cadastrado)|(?:contenuto|articolo) (?:riservato|disponibile solo)|(?:sei|hai) già (?:un )?abbona|(?:pozostało|dalsza część|treść dostępna|masz już) .{0,30}(?:artykułu|prenumerat|abonament|tekstu)",
        r"(?:この記事は、?)?(?:有料(?:会員|記事|登録)|会員限定)|紙の新聞(?:の定期購読|をご購読)|(?:残り|続き)(?:\s?[\d,]+\s?文字|を読む|は会員)|会員限定|(?:本文|全文|剩余|以下)(?:内容)?(?:为|需|仅限|限)?(?:付费|會員|会员|訂閱|订阅)|(?:订阅|開通|开通|登录|登入|加入會員).{0,8}(?:后|後|即可|可)?(?:阅读|閱讀|查看)(?:全文|更多|完整)",
        r"share this(?:\s+\w+)?\s*:?$|filed under|posted in|tagged(?: with)?\s*:",
        r"(?:previous|next) (?:article|post|story)|copyright\s+(?:©|\(c\)|\d{4})|©\s*\d{4}",
        # German, Dutch, Nordic
        r"mehr zum thema|lesen sie auch|das könnte (?:sie|dich) (?:auch )?interessieren|weitere (?:artikel|themen|nachrichten|meldungen|beiträge|news|videos)|auch interessant|meistgelesen|(?:\d+\s+)?kommentare?\s*(?:\(\d*\))?$|zur startseite|mehr (?:aus|von|über|zu)\b|ähnliche (?:artikel|beiträge)|themen(?: in diesem artikel)?\s*:?$",
        r"lees (?:ook|meer|verder)|gerelateerd|meer over|meest gelezen|reacties?\s*(?:\(\d*\))?$|läs (?:mer|också|även|vidare)|relaterat|mer från|mest läst|les (?:også|mer)|læs (?:også|mere)|lue (?:myös|lisää)|kommentarer?$",
        # Romance
        r"(?:à|a) lire (?:aussi|également|sur)|lire (?:aussi|également)|sur le même (?:sujet|thème)|articles? (?:liés|similaires|recommandés|connexes|associés)|(?:\d+\s+)?commentaires?\s*(?:\(\d*\))?$|les plus (?:lus|populaires|récents)|(?:vous aimerez|à voir) aussi|pour aller plus loin|plus d['’](?:infos|actus|articles)|dans la même rubrique",
        r"(?:te|le|os) (?:puede|podría|pueden)n? (?:también )?interesar|también te (?:puede|podría)|lee (?:también|más)|lea (?:también|más)|noticias? relacionadas?|(?:más|lo más) (?:noticias|información|leído|leídas|visto|sobre|en)\b|(?:artículos?|contenidos?|temas?|entradas) relacionad[oa]s?|relacionad[oa]s?\s*:?$|comentarios?\s*(?:\(\d*\))?$|archivado en",
        r"leia (?:também|mais)|veja (?:também|mais)|notícias relacionadas|mais (?:lidas|lidos|notícias|sobre)|(?:artigos|matérias|conteúdos?|posts?) relacionad[oa]s|comentários?\s*(?:\(\d*\))?$|saiba mais$",
        r"leggi anche|(?:ti )?potrebbe(?:ro)? interessar|articoli correlati|(?:potrebbe|può) interessarti|commenti\s*(?:\(\d*\))?$|i più letti|notizie correlate|citește și",
        # Slavic, Greek, Hungarian, Turkish
        r"(?:czytaj|przeczytaj|zobacz|polecamy|sprawdź) (?:także|też|również|więcej|inne)|polecane|powiązane|komentarze|читайте (?:также|ещё|еще|більше|також)|по теме|(?:новости|материалы|статьи) по теме|комментарии|смотрите также|другие (?:новости|материалы)|популярное$|самое (?:читаемое|интересное)|похожие|čtěte (?:také|dále|více)|mohlo by vás zajímat|související|diskuz[ei]|διαβάστε (?:επίσης|ακόμα|περισσότερα)|σχετικά|kapcsolódó|(?:olvassa|olvasd) el|ilgili haber|yorum(?:lar)?$|bunlar da ilginizi|прочетете още|povezan",
        # Japanese, Korean, Indonesian, Vietnamese, Arabic, Hindi
        r"(?:関連|おすすめ|オススメ|人気|注目|最新)(?:の)?(?:記事|ニュース|リンク|トピックス|キーワード|情報|ワード|タグ)|あわせて読みたい|こちらもおすすめ|(?:アクセス)?ランキング|コメント(?:\s*\d*)?$|この記事(?:を|に関する)|続きを読む$|【関連",
        r"관련\s?(?:기사|뉴스|태그|키워드)|댓글|인기\s?(?:기사|뉴스)|많이 본|추천\s?(?:기사|뉴스)|주요\s?뉴스|이 기사|기자의 다른|저작권자",
        r"baca juga|berita terkait|artikel terkait|komentar$|tin liên quan|bình luận|xem thêm|اقرأ (?:أيضا|المزيد)|مواضيع ذات|التعليقات|यह भी पढ़ें|ये भी पढ़ें|संबंधित",
    )
    + ")",
)

# Lines that are never part of a story wherever they stand; the whole block goes.
_JUNK_LINES: Final = _folded(
    r"[\W_]{0,6}(?:"
    + _any(
        r"advertisements?|adverti[sz]ing|continue reading.{0,60}|story continues.{0,40}|article continues.{0,40}|loading\.*|sponsored|skip (?:to|past|advert).{0,40}|scroll to continue.{0,30}|read full article",
        r"share(?: (?:this|on|via|to|with).{0,40})?|tweet|pin it|email(?: this)?|print(?: this)?(?: article)?|copy link|link copied!?|save|like|reddit|linkedin|whatsapp|facebook|twitter|x|flipboard|pinterest|telegram|messenger|bookmark",
        r"广告|廣告|推广|加载中\.*|点击(?:查看|进入|观看|播放|下载|加载|阅读|关注).{0,30}|分享(?:到|至|给|让更多人)[^，。]{0,40}|收藏|打印|点赞|举报|关闭|(?:展开|阅读|查看)(?:剩余|余下|更多).{0,8}|(?:请|請)(?:继续|繼續)?往下(?:继续|繼續)?(?:阅读|閱讀|看).{0,8}|字号.{0,10}|纠错|我要(?:纠错|评论|投稿|反馈)",
        r"(?:扫描|扫一扫|掃描|扫码|长按|識別|识别)[^。]{0,30}(?:二维码|二維碼|关注|分享|下载|阅读|手机)[^，。]{0,20}",
        r"anzeige|werbung|artikel (?:merken|teilen|vorlesen|anhören)|publicité|publicidad|publicidade|pubblicità|reklama?|advertentie|реклама|広告|광고|annons|mainos|iklan|quảng cáo",
        r"click here (?:to|for).{0,80}|(?:follow|find|like) us on.{0,60}|download (?:the|our) .{0,40}app.{0,40}",
        r"(?:this )?(?:video|audio|content|page) (?:is )?(?:not available|unavailable|can ?not be (?:played|loaded)).{0,60}|please enable javascript.{0,100}|your browser does not support.{0,80}|您的浏览器.{0,60}",
        r"to view this video please enable javascript.{0,200}|this (?:slideshow|gallery) requires javascript\.?",
        r"©.{0,100}|(?:foto|fotos|photos?|bild|bilder|images?|pictures?|credit|źródło|quelle|crédit|zdj|kuva|foto's|фото)\s*[:/©].{0,90}",
        r"(?:\d+\s*(?:min(?:ute)?s?|分钟)\s*(?:read|阅读)|lesezeit.{0,30}|temps de lecture.{0,30})",
        r"(?:play|watch|listen|mute|unmute|close|open|menu|search|login|log in|sign in|register|subscribe|follow|more|next|previous|prev|back|top|home|首页|主页|登录|注册|更多|展开|收起|展开全文|阅读全文|查看全文|全文|閱讀全文|回顶部|返回|上一页|下一页|末页|尾页)",
    )
    + r")[\W_]{0,6}",
)

_AGENCIES: Final = ("getty", "shutterstock", "istock", "imago", "picture alliance", "/")
_JUNK_WITHIN: Final = (
    (
        _AGENCIES,
        _folded(
            r"[\W_]{0,6}.{0,70}(?:getty images|shutterstock|istock(?:photo)?|imago(?: images)?|picture alliance|via getty|/ ?(?:afp|reuters|ap photo|dpa|epa))(?:[/|]\s*\w+)?[\W_]{0,6}"
        ),
    ),
    (
        ("inhalt",),
        _folded(r"[\W_]{0,6}.{0,40}(?:externen? inhalte?|eingebettete inhalte|externe inhalte).{0,200}[\W_]{0,6}"),
    ),
)
"""Lines of the same kind that are told by words within them: the words without which none does, and the pattern."""


def is_junk(low: str) -> bool:
    """Whether a text in lower case is a line that is never part of a story."""
    if len(low) >= JUNK_LENGTH:
        return False
    if _JUNK_LINES.fullmatch(low):
        return True
    for told, pattern in _JUNK_WITHIN:  # noqa: SIM110 -- as above
        if holds(low, told) and pattern.fullmatch(low):
            return True
    return False


JUNK_LENGTH: Final = 320
"""Characters from which a line is longer than any of JUNK_LINES."""

# A wholly or mostly linked line that sends the reader to another story.
READ_ALSO: Final = _folded(
    r"[\W_]{0,6}(?:read(?: more| also| next)?|see also|also read|related|more|watch|listen|don'?t miss|must read|lees ook|lees meer|"
    r"lesen sie auch|mehr|lire aussi|à lire|lee también|leer más|lea también|leia|veja|leggi|czytaj|zobacz|читайте|läs|les|læs|lue|"
    r"baca|אחר|関連|관련|相关|相關|延伸|更多|推荐|推薦|往期|链接|▶|►|▷|>>|»|→|➤|👉)",
)

DATED: Final = re.compile(r"\d(?:\d{3}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}|\d?[./]\d{1,2}[./]\d{4}|\d?:\d{2})")

# Lines between headline and story: 来源, 作者, 时间, 字号, by-lines.
HEAD_LINES: Final = _folded(
    r"[\W_]{0,4}(?:"
    + _any(
        r"(?:文章|稿件|信息|新闻|本文)?(?:来源|來源|作者|编辑|編輯|责编|责任编辑|記者|发布时间|發佈時間|发表时间|发布日期|更新时间|時間|时间|日期|浏览|阅读|点击|字号|字体|分享|责任校对|发布者|发布人|供稿|频道|栏目|撰文|原标题|我要评论|评论|打印|当前位置|您的位置|您当前|所在位置|首页|摄影)(?:量|数|次数|于|：|:|\s|/|$)",
        r"(?:by|published|updated|posted|last (?:updated|modified)|written by|story by|reported by|photo(?:s|graph)?(?: by)?|image|credit|source|from)\b[\s:]",
        r"(?:von|par|por|di|door|av|af|przez|автор|фото|publié|mis à jour|publicado|actualizado|atualizado|pubblicato|aggiornato|veröffentlicht|aktualisiert|stand|gepubliceerd|publicerad|opublikowano|опубликовано|обновлено|入力|公開|更新|配信|입력|수정|기자)\b[\s:：]",
    )
    + ")",
)
_CREDIT_WORDS: Final = (
    r"(?:本期|本文|本版|值班|执行|实习|见习|责任|責任|网络|新媒体|美术|视觉|图文|网页|微信|文字|栏目|内容|终审|初审|复审|二审|三审|统筹)?"
    r"(?:编辑|編輯|责编|責編|编审|编导|主编|主編|校对|校對|审核|审读|校审|监制|监审|总监|策划|排版|制图|设计|美编|签发|审签|终审|初审|复审|二审|三审|一审|统筹|出品|制作|剪辑|文案|供稿|供图|核稿|核校|值班主任|责任校对)"
)
# Credits set as a line of their own.
CREDIT_LINES: Final = re.compile(
    r"[\W_]{0,4}(?:"
    + _CREDIT_WORDS
    + r"\s*[:：/／|｜]|"
    + _CREDIT_WORDS
    + r"(?:\s|　)+[\u4e00-\u9fff]{2,4}\s*[\W_]{0,3}$"
    r"|(?:原标题|原題|原標題|原文标题|标题原文)\s*[:：]|(?:本文|文章|稿件|图片|素材|新闻|资料|信息)?(?:来源|來源|摘自|转自|轉自)\s*[:：]"
    r"|(?:文|图|文图|图文|圖|文、图|文字|摄影)\s*[/／|｜:：]|\[?(?:责任编辑|責任編輯)(?!部|们|們))",
)
WRITER_TOLD: Final = re.compile(
    r"(?:About )?(?:Dr\.? )?[A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|de|van|von|bin|al)){1,4},? (?:(?:is|was|has been) (?:an?|the|our|\w+[’']s?)\b.{0,90}"
    r"\b(?:reporter|writer|correspondent|editor|columnist|journalist|freelancer?|producer|contributor|author of|blogger)\b|"
    r"(?:covers|reports on|writes (?:about|for|on|the))\b.{0,160}$|ist .{0,60}(?:redakteur|korrespondent|journalist|autor)|"
    r"(?:is|werkt als) .{0,60}(?:verslaggever|redacteur)|est journaliste|es (?:redactor|periodista)|è (?:giornalista|un giornalista))"
)
"""A line under a story that tells who its writer is."""
STATEMENT: Final = re.compile(r"(?:特别|特別|免责|免責|版权|版權|郑重|平台|广告|重要)(?:声明|聲明)\s*[:：]")
"""The beginning of what a house declares of all its stories; it stands in a box of its own, with more behind it."""
LEAD_CREDIT: Final = re.compile(
    r"[\W_]{0,4}(?:本文|文章|内容)(?:首发|原载|转载|转|来|出|選|选|摘|授权转载)?(?:自|于|由)[^。]{0,40}(?:公众号|公眾號|作者|微信|转载|授权|发布)"
)
"""A first line that says whose the text is: 本文来自微信公众号“…”，作者：…"""
_COPY_FORBIDDEN: Final = (
    r"(?=[^。]{0,60}(?:不得|禁止|[请請]?勿|[严嚴]禁|[谢謝][绝絕]|必究|一律|追究[^。]{0,8}[责責]任))"
    r"[^。]{0,50}(?:[转轉](?:[载載]|摘|[发發]|[贴貼]|帖)|摘[编編]|复制|複製|重製|翻印|[镜鏡]像|链接|引用|抄[袭襲]|盗用|改编|播送|[传傳]播|刊[载載]|商用|[使他]用[\W_]*$)"
)
"""What a notice of rights says after 未经许可: that no one may copy. A shop that opened 未经许可 is a story."""
# Lines at the end of a story that are not it.
TAIL_LINES: Final = _folded(
    r"[\W_]{0,6}(?:"
    + _any(
        CREDIT_LINES.pattern,
        r"(?:作者|记者|記者|通讯员|摄影|撰文|采写)\s*[:：/／|｜]|(?:本报|本网|本台|见习|实习|首席)?(?:记者|通讯员)(?:\s|　)[^。]{0,150}$",
        rf"本(?:網|网|報|报|刊)(?!讯|訊|记者|記者)站?之?[^。]{{0,20}}[非未][經经].{{0,12}}(?:授權|授权|許可|许可|同意|允许|允許){_COPY_FORBIDDEN}|[未非][经經].{{0,12}}(?:授权|授權|许可|許可|书面|書面|同意|允许|允許){_COPY_FORBIDDEN}",
        r"(?:发布|发表|发稿|更新)(?:时间|日期)\s*[:：]|(?:声明|聲明|注|免责声明|版权|版權|郑重声明|特别提示|风险提示|温馨提示|提示|特别说明)\s*[:：]|(?:版权|著作权|版權)(?:归(?!属(?![:：于])|谁|还)|所有(?!者|人|权)|声明|與)|转载(?:请|需|须|自)|本文(?:系|为|由|版权|转自|来自|首发|仅|不构成|经授权|图片|不代表|已获|内容|作者|来源|章?节选)|以上(?:内容|信息)[^。]{0,10}(?:仅|不(?:代表|构成(?:投资|任何|对))|为[^。]{0,16}(?:整理|原创|转载|提供|观点|作者|版权|所有|生成))|(?:此|本|以上)(?:内容|文(?![化物创件旅学献艺字])|文章|稿件)[^。]{0,14}(?:原创|观点|著作权|版权|知识产权)|该(?:内容|文|文章|稿件)[^。]{0,14}(?:原创|观点仅|(?:著作权|版权|知识产权)(?:归|所有))|(?:文章|作者)?观点(?:仅|不)代表|(?:平台|特此|风险|重要|法律)声明|[^，。]{0,14}(?:广告|商务|媒体|版权|内容)合作(?:[^，。]{0,8}$|[^，。]{0,10}(?:[:：|｜/\d@]|请|邮箱|微信|联系))|[^。]{0,44}(?:下載|下载)(?:我們的|我们的)app|(?![^。]{0,44}(?:不要|切勿|提醒|谨慎))[^。]{0,44}(?:下載|下载)app[^，。]{0,12}[！!]?$|图片(?:来源(?!不|的)|来自)|图(?:源|虫)\s*(?:[\W_]|网|自|于|创意|$)|封面(?:图|来源)",
        r"(?:欢迎|歡迎)?(?:关注|關注|下载|下載|订阅|添加|加入|点击|扫码|扫描|长按|投稿|爆料|联系|联络)(?![量率费此该这世了过的着者到度]|电话[^\s:：\d是为])(?:我们|本|微信|官方|公众号|客户端|APP|公號|下方|上方|左下|阅读原文|此处|邮箱|电话|热线)?.{0,40}(?:公众号|二维码|微信|微博|客户端|APP|阅读原文|热线|邮箱|电话|我们|下载)|更多.{0,20}(?:请关注|敬请|请下载|请点击|内容请|资讯请)|(?:新闻|爆料|报料|投稿|举报|商务合作|联系|广告)(?:热线|电话|邮箱|信箱|方式|微信)(?:号码?)?(?:[\W_\da-z为是]|$)|微信(?:号|公众号|公众平台)(?:[\W_\da-z名为是搜关]|$)|微信扫一扫|公众号\s*[:：]",
        r"(?:标签|標籤|关键词|關鍵字|关键字|分类|tags?|Tags?|keywords?|topics?|themen|schlagwörter|mots-clés|etiquetas|temas|assuntos|теги)\s*[:：#]|#\S+(?:\s+#\S+)*\s*$|(?:本文|文章)(?:地址|链接|网址)|原文(?:链接|地址|网址|出处)|阅读原文(?!的)|本文标题|(?:上|下)一(?:篇|页|条)(?:[\W_]|文章|新闻|$)",
        r"(?:记者|编辑|责编)?\s*[（(](?:完|完毕|end)[）)]\s*$|《?\s*[^，。]{2,12}》?\s*[（(]?\s*\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日.{0,8}版\s*[）)]?\s*$|\(?(?:完|End|END|fin|ends?)\)?\s*$|[—-]\s*(?:END|End|完)\s*[—-]",
        r"(?:copyright(?! (?:laws?|was|is|holders?|infring\w+|claims?|cases?|protection|owners?|disputes?|acts?|reforms?|rules)\b)|©|\(c\)|all rights reserved|(?:except for the headline, )?this (?:article|story|material|post|report|copy) (?:was (?:\w+ ){0,2}(?:publish|co-?publish|re-?publish|produc|writ|updat|correct|amend|report|creat|support|fund|translat|provid|generat|edit|made possible|reprint|adapt|modif|chang|revis|post|suppl|sponsor|paid|contribut|develop|distribut|syndicat|excerpt|first|originally|last)|may not|originally|first|has (?:not )?been|is (?:part|from|(?:re)?published|auto))|the (?:associated press|post) .{0,60}(?:contributed|appeared first)|follow .{0,60} on (?:twitter|facebook|x|instagram)\b|contact (?:the )?(?:author|reporter|writer|us)|have a (?:tip|story)\b.{0,80}(?:[?@]|email|contact|send|tell us|call|let us)|got a tip|email .{0,40}@|reach .{0,40} at (?:[\d(+@]|\S+[@.]\w)|sign up|subscribe(?!r|d\b)|to subscribe|for more (?:news|information|stories|on)|click here|read more|reporting by|additional reporting|editing by|our standards|with (?:files|reporting) from|(?:image|photo|picture) (?:credit|source|by|via)|featured (?:image|photo)|credits?:|disclaimer|disclosure:|source\s*:|via\s*:|tags?:|filed under|categories:|category:|posted (?:in|on|by)|updated (?:on|at)\b.{0,60}(?<![.!?])$|(?:this )?page (?:was )?last (?:updated|modified|reviewed)|published (?:on|in|by)\b.{0,70}(?<![.!?])$|last updated|first published|about the author|share this|download (?:the|our|now|this|it|here|free|for|a)\b|download.{0,30}(?<![.!?])$|like us|join (?:us|our)\b|join the .{0,30}(?:conversation|discussion|debate|newsletter|community|channel|group|list)|support us\b(?!,)|support our .{0,20}(?:work|journalis|report|mission|newsroom|paper|site|coverage|efforts|writers|news)|donate\b|(?:written )?by [A-Z].{0,80}(?<![.!?])$)",
        r"подпис(?:ывайтесь|аться|уйтесь)|следите за|(?:нашли|заметили|увидели) (?:ошибку|опечатку)(?:\s*[?!:,]| (?:в (?:тексте|статье|материале|публикации|новости)|на (?:сайте|странице))(?:\s*[?!:,]| ?[—–-])|.{0,20}(?:выделите|ctrl|сообщите нам))|читайте нас|folgen sie uns|abonnieren sie|suivez[- ](?:nous|toute)|abonnez-vous|síguenos|suscríbete|siga-nos|inscreva-se|seguici|iscriviti|obserwuj nas|volg ons|takip edin|abone ol|ikuti (?:kami|berita)|theo dõi|تابعونا|اشترك(?:وا)?(?: (?:الآن|معنا|مجان|في (?:النشرة|نشرت|قنا|القنا|خدم|الخدم|صفح))|\W*$)|구독(?:과 좋아요|\s?하기|\s?신청|하세요|해\s?주|\W*$)",
        r"(?:dieses thema im programm|über dieses thema berichtete)|(?:quelle\s*:|foto\s*:|bild\s*:|dpa|afp|reuters)\s*[/\w, -]{0,40}$|©|alle rechte (?:vorbehalten|liegen|bei\b|an\b)|mit (?:agenturmaterial|material (?:von |der |des )?(?:dpa|afp|reuters|ap|apa|sid|epd|kna|nachrichten|agentur))|redaktion\s*:|autor\s*:|источник\s*:|фото\s*:|fuente\s*:|fonte\s*:|source\s*:|bron\s*:|źródło|kaynak|출처(?![\uac00-\ud7a3])|무단\s?전재.{0,30}금지|무단\s?전재[^\uac00-\ud7a3]*(?:및\s*)?(?:재배포|복사|배포|$)|저작권(?:자|법|은 |[^\uac00-\ud7a3]).{0,60}(?:금지|있습니다|ⓒ|©|보호)|저작권자|ⓒ|[\w.]+@[\w.]+|기사제보|출처\s*:|[\uac00-\ud7a3]{2,4}\s?(?:기자|특파원|논설위원|에디터)(?:\s*[=|/]?\s*\S+@\S+)?\s*$",
    )
    + ")",
)

_SPOKEN: Final = _folded(
    r"(?:表示|介绍|介紹|指出|回应|回應|认为|認為|透露|强调|強調|坦言|写道|[称稱说說])[，。：:“]|"
    r"\b(?:said|says|told|according to|announced|sagten?|mitteilten?|teilten?|heißt es|riefen?|rät|laut|a dit|a annoncé|disait|ont crié|"
    r"selon|dijo|según|informó|denunció|disse|segundo|ha detto|secondo|zei|volgens)\b|"
    r"\b(?:сообщ|расска|ска|поясн|отмет|напомн|заяв|говор)[а-я]{0,3}ли?\b|(?:밝혔|말했|전했|설명했)다|(?<!\w)(?:قالت?|أعلنت?|وفقا?|بحسب) "
)
_LABEL_FIRST: Final = re.compile(r"this |©|[^，,。]{0,14}[:：/／|｜]")


_TALK: Final = re.compile(
    r"[\W_]{0,4}(?:记者|記者|编辑|編輯|主编|主編|作者|策划)\s*[:：](?=[^:：/／|｜@]{5,300}$)(?:.{4,300}[？?][”」』\"]?$|(?=.{0,300}[我您你咱])"
    r"(?!.{0,300}(?:来稿|來稿|投稿|联系|聯繫|关注|關注|下载|下載|订阅|訂閱|转载|轉載|版权|版權|热线|熱線|观点|邮箱|公众号)))"
)
"""What a writer or an editor asks or answers in a printed interview: to somebody, or of oneself."""


def is_talk(low: str) -> bool:
    """Whether a text is a sentence with its speaker before it, who elsewhere stands in a line of credits."""
    return low.rstrip('”」』"')[-1:] in SENTENCE_ENDS and _TALK.match(low) is not None


def is_told(low: str) -> bool:
    """Whether a text in lower case is a sentence of which it says who said it: a story's, whatever its first words."""
    if _LABEL_FIRST.match(low):
        return is_talk(low)
    return low[-1] in SENTENCE_ENDS and _SPOKEN.search(low) is not None


def is_prose(low: str) -> bool:
    """Whether a text in lower case is a sentence with parts, and no label with its value."""
    return (
        low[-1] in SENTENCE_ENDS
        and len(low) > 20
        and ("，" in low or (", " in low and len(low) > 60))
        and (not _LABEL_FIRST.match(low))
    ) or is_talk(low)


BREADCRUMB: Final = re.compile(
    r"bread-?crumb|(?:^|[\s_-])crumbs?(?:$|[\s_-])|mianbaoxie|curr?-?pos|position|weizhi|(?:^|[\s_-])(?:path|location|dqwz|bread)(?:$|[\s_-])"
)

CAPTION: Final = re.compile(
    r"caption|(?:image|img|photo|picture|pict|figure|media|video|foto|bild|gallery)[-_]{0,2}(?:\w{0,12}[-_]{1,2})?(?:credit|source|src|desc\w*|info|legend\w*|title|meta|duration\w*)|bildunterschrift|(?:^|[\s_-])(?:photo|image|img|media|pic)-?(?:credit|source|desc|description|by|info|title|meta)|(?:^|[\s_-])(?:credit|credits|photographer|copyright-?holder|tuzhu|imgdesc)(?:$|[\s_-])"
)


_SAYING: Final = re.compile(
    by_letter(
        sorted(
            table(
                "caption image img photo pic figure media video foto bild gallery credit copyright tuzhu "
                "crumb mianbao pos weizhi path location dqwz bread"
            )
        )
    )
)
"""Words without one of which no name is of CAPTION or of BREADCRUMB."""


_COUNTED: Final = re.compile(
    r"[\W\d_]*(?:(?:views?|comments?|shares?|likes?|reads?|reactions?|replies|votes?|followers?|an?|hours?|hrs?|minutes?|mins?|"
    r"days?|weeks?|ago|read|online|aufrufe|kommentare?|vor|stunden?|minuten?|tagen?|lesezeit|vues?|commentaires?|partages?|"
    r"vistas|visitas|comentarios?|阅读量?|閱讀|浏览量?|瀏覽|点击量?|评论数?|評論|点赞|赞|讚|分享|收藏|转发|人气|次|条|條|人|万|"
    r"小时前|小時前|分钟前|分鐘前|天前|刚刚)(?![^\W\d_\u4e00-\u9fff])[\W\d_]*)+",
    re.I,
)


def counts(text: str) -> bool:
    """A line of nothing but counters: how often it was read, what was commented, how long ago."""
    return len(text) < 80 and any(map(str.isdigit, text)) and _COUNTED.fullmatch(text) is not None
