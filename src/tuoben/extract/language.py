"""Which language a text is in, as BCP 47; Chinese in its two scripts told apart by the characters used."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

# Pairs of frequent characters that differ between the scripts.
_HANS: Final = frozenset("这国来时们对会发动过说后学经个为与报导记关们产业东两严丧个丰临为丽举么义乌乐乔习乡书买乱"
"争于亏云亚产亩亲亿仅从仓仪们价众优会伟传伤伦伪体余佣侠侧侦侨儿党兰关兴养兽内冈册写军农冲决况冻净凉减几凤凭凯击刘则"
"刚创删别剂剑剧劝办务劳势勋华协单卖卢卫却厂厅历厉压厌县双发变叙叶号叹听启吴员响问团园围国图圆圣场坏块坚坛坝坟垒垦处"
"备够头夹夺奋奖妇妈姗娱孙学宁宝实审宪宫宽宾对寻导寿将尔尘尝层属岁岂岛岭币师帐帮带帮广庄庆库应庙庞废开异弃张弯弹强归"
"当录彻径总恶惊惧惩惯愤愿戏战户扑执扩扫扬扰抚抛抢护报担拟拥择挂挡挣挤挥损换据掷摄摆摇撑敌数断无旧时旷昼显晋晒晓晕暂"
"术机杀杂权条来杨极构枪枫柜标栏树样桥检楼横欢欧歼残毁毕气汇汉汤沟泽洁浅测济浑浓涂涛润涨渊渐渔湾湿满滤滨潜灭灯灵灾灿"
"炉点炼烁烂烟烦烧热爱爷牵犹独狭狮狱猎献环现电画畅疗疮疯痒盐监盖盘眯着矿码砖础硕确碍祸离种积称稳穷窃窑竞笔筑简籁类粮"
"紧纠红约级纪纯纲纳纵纷纸纹线练组细织终绍经结绕绘给络绝统继绩绪续维绵综绿缓编缘缩网罗罚罢职联聪肃肠肤肾胀胁胜脉脏脑"
"脚脸腾艺节芜苏苹范茎荐荡荣药莲获莹营萧萨蒋蓝虑虫虽蛮补衬袭装见观规视览觉触誉计订认讨让训议讯记讲许论设访证评识诉诊"
"词译试诗诚话询该详语误说请诸课谁调谅谈谋谎谓谢谣谨谱贝负贡财责贤败货质贩贪贫购贯贱贴贵贷贸费贺资赋赌赏赔赖赚赛赞赵"
"赶趋跃践踪车轨转轮软轰轻载较辅辆辉输辖辞边达迁过迈运还这进远违连迟适选递逻遗邓邮邻郑酱释里鉴针钉钟钢钱铁铜银链销锁"
"锋错锻镇镜长门闪闭问闯闲间闻阀阁阅阔队阳阴阵阶际陆陈险随隐隶难雾静页顶项顺须顾顿预领频颗题颜额风飞饭饮饰饱馆马驱驶"
"驻驾骂骄验骗鱼鲁鲜鸟鸡鸣鸿麦黄齐齿龙龟")  # fmt: skip
_HANT: Final = frozenset("這國來時們對會發動過說後學經個為與報導記關產業東兩嚴豐臨麗舉義樂習鄉書買亂爭虧雲亞畝親億"
"僅從倉儀價眾優偉傳傷倫偽體俠側偵僑兒黨蘭興養獸岡冊寫軍農衝決況凍淨涼減幾鳳憑凱擊劉則剛創刪別劑劍劇勸辦務勞勢勳華協"
"單賣盧衛卻廠廳歷曆壓厭縣雙變敘葉號嘆聽啟吳員響問團園圍圖圓聖場壞塊堅壇墳壘墾處備夠頭夾奪奮獎婦媽娛孫寧寶實審憲宮寬"
"賓尋壽將爾塵嘗層屬歲豈島嶺幣師帳幫帶廣莊慶庫應廟龐廢開異棄張彎彈強歸當錄徹徑總惡驚懼懲慣憤願戲戰撲執擴掃揚擾撫拋搶"
"護擔擬擁擇掛擋掙擠揮損換據擲攝擺搖撐敵數斷無舊曠晝顯晉曬曉暈暫術機殺雜權條楊極構槍楓櫃標欄樹樣橋檢樓橫歡歐殲殘毀畢"
"氣匯漢湯溝澤潔淺測濟渾濃塗濤潤漲淵漸漁灣濕滿濾濱潛滅燈靈災燦爐點煉爍爛煙煩燒熱愛爺牽猶獨狹獅獄獵獻環現電畫暢療瘡瘋"
"癢鹽監蓋盤礦碼磚礎碩確礙禍離種積稱穩窮竊窯競筆築簡籟類糧緊糾紅約級紀純綱納縱紛紙紋線練組細織終紹結繞繪給絡絕統繼績"
"緒續維綿綜綠緩編緣縮網羅罰罷職聯聰肅腸膚腎脹脅勝脈臟腦腳臉騰藝節蘇蘋範莖薦蕩榮藥蓮獲瑩營蕭薩蔣藍慮蟲雖蠻補襯襲裝見"
"觀規視覽覺觸譽計訂認討讓訓議訊講許論設訪證評識訴診詞譯試詩誠話詢該詳語誤請諸課誰調諒談謀謊謂謝謠謹譜貝負貢財責賢敗"
"貨質販貪貧購貫賤貼貴貸貿費賀資賦賭賞賠賴賺賽贊讚趙趕趨躍踐蹤車軌轉輪軟轟輕載較輔輛輝輸轄辭邊達遷邁運還進遠違連遲適"
"選遞邏遺鄧郵鄰鄭醬釋裡裏鑑針釘鐘鋼錢鐵銅銀鏈銷鎖鋒錯鍛鎮鏡長門閃閉闖閒間聞閥閣閱闊隊陽陰陣階際陸陳險隨隱隸難霧靜頁"
"頂項順須顧頓預領頻顆題顏額風飛飯飲飾飽館馬驅駛駐駕罵驕驗騙魚魯鮮鳥雞鳴鴻麥黃齊齒龍龜")  # fmt: skip
_STOPWORDS: Final = {
    "en": "the of and to in that is was for it with as on be at by this had are but from his have an they which",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus "
    "er hat dass",
    "fr": "de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec ont",
    "es": "de la que el en y los se del las un por con una su para es al lo como más pero sus le ha",
    "pt": "de que e do da em um para com não uma os no se na por mais as dos como mas ao foi das são à",
    "it": "di che e la il un per è in una del non sono le da della si con dei alla ha anche gli nel",
    "nl": "de van het een en in is dat op te zijn met voor niet aan er om ook als maar door bij uit naar",
    "sv": "och att det i en på är som för med av till den har inte om ett men var sig från de",
    "no": "og i det på som er en til å av for at med har de ikke den om et men fra var han",
    "da": "og i at det er en til på af for som med de den der har ikke et om men var fra han blev",
    "fi": "ja on ei se että oli hän mutta ovat kun niin myös mukaan sen joka ole jotka vuoden",
    "pl": "w i na z że się do nie to jest o po jak ale od za przez dla są został oraz już które",
    "cs": "a se v na že je s z do o to i ve pro by za jsou ale po který jako jsem od bude",
    "hu": "a az és hogy nem is egy ez de meg volt azt csak már van mint ha még vagy szerint",
    "ro": "de și în a la cu că pe nu din o un pentru este sau care mai au fost prin",
    "tr": "ve bir bu da için ile de çok olarak daha olan gibi kadar sonra ancak ise en olduğu",
    "id": "yang dan di dari untuk dengan pada ini itu tidak dalam akan adalah juga ke bisa oleh",
    "vi": "và của là có trong được cho không với các những người một này đã đến khi",
    "ru": "и в не на что с по как это из у за к от для его так же но было",
    "uk": "і в не на що з та у до це як за від про його для також але був",
    "bg": "и на в за се от да с че по са не е които като до това",
}  # fmt: skip
_SPEAKERS: Final[dict[str, list[str]]] = {}
"""The languages that each of these words is frequent in."""
for _lang, _words in _STOPWORDS.items():
    for _word in dict.fromkeys(_words.split()):
        _SPEAKERS.setdefault(_word, []).append(_lang)
_SCRIPTS: Final = (
    ("ja", "\u3040", "\u30ff"), ("ko", "\uac00", "\ud7a3"), ("ar", "\u0600", "\u06ff"), ("he", "\u0590", "\u05ff"),
    ("th", "\u0e00", "\u0e7f"), ("hi", "\u0900", "\u097f"), ("el", "\u0370", "\u03ff"), ("bn", "\u0980", "\u09ff"),
    ("ta", "\u0b80", "\u0bff"), ("ka", "\u10a0", "\u10ff"), ("hy", "\u0530", "\u058f"), ("km", "\u1780", "\u17ff"),
)  # fmt: skip
"""Languages with a script of their own, by its first letter and its last."""
_LATIN: Final = "\u036f"
"""The last character before those scripts."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_ASCII_WORD: Final = re.compile(r"[a-z]+")
_ASCII_LETTERS: Final = re.compile(r"[A-Za-z]+")
_ASCII: Final = re.compile(r"[\x00-\x7f]+")
_TAG: Final = re.compile(r"^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*$")


def detect(text: str, declared: str = "") -> str:
    """The language of a text ("" when there is too little); what the page declares counts where the script agrees."""
    sample = text[:3000]
    told = declared.strip().replace("_", "-") if _TAG.match(declared.strip()) else ""
    if sample.isascii() and not told.lower().startswith("zh"):
        tokens = _ASCII_WORD.findall(sample.lower())
        letters = len("".join(tokens))
        return _by_words(tokens, told) if letters >= 8 else told.split("-")[0].lower()
    chars = Counter(_ASCII.sub("", sample))
    letters = len("".join(_ASCII_LETTERS.findall(sample)))
    letters += sum([count for char, count in chars.items() if char.isalpha()])
    if letters < 8:
        return _chinese(chars, told) if told.lower().startswith("zh") else told.split("-")[0].lower()
    foreign = {char: count for char, count in chars.items() if char > _LATIN}
    for lang, first, last in _SCRIPTS if foreign else ():
        if _between(foreign, first, last) > 0.12 * letters:
            return _of_arabic(told) if lang == "ar" else lang
    if _between(foreign, "\u4e00", "\u9fff") > 0.25 * letters:
        return _chinese(foreign, told)
    word = _WORD if any([char.isalnum() for char in chars]) else _ASCII_WORD  # English has only other signs
    return _by_words(word.findall(sample.lower()), told)


def _by_words(tokens: list[str], told: str) -> str:
    """The language whose frequent words a text is full of, or the declared one where it does as well."""
    scores = dict.fromkeys(_STOPWORDS, 0)
    for word, count in Counter(tokens).items():
        for lang in _SPEAKERS.get(word, ()):
            scores[lang] += count
    best = max(scores, key=lambda lang: scores[lang])
    base = told.split("-")[0].lower()
    if base in scores and scores[base] >= 0.7 * scores[best]:
        return base
    if base and base not in scores and base not in ("zh", "ja", "ko") and scores[best] < 0.18 * len(tokens):
        return base
    return best if scores[best] >= max(2, 0.06 * len(tokens)) else (base if base not in ("zh", "ja", "ko") else "")


def _between(chars: dict[str, int], first: str, last: str) -> int:
    """How many of some characters stand between two of the code."""
    return sum([count for char, count in chars.items() if first <= char <= last])


def _of_arabic(told: str) -> str:
    """The language of a text in Arabic script: what is declared, where that is one of them."""
    low = told.lower()
    return "fa" if low.startswith("fa") else "ur" if low.startswith("ur") else "ar"


def _chinese(chars: dict[str, int], told: str) -> str:
    """In which of its scripts a Chinese text is, by how often each character stands in it."""
    simplified = sum([count for char, count in chars.items() if char in _HANS and char not in _HANT])
    traditional = sum([count for char, count in chars.items() if char in _HANT and char not in _HANS])
    if simplified == traditional:
        low = told.lower()
        return "zh-Hant" if low.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo")) else "zh-Hans"
    return "zh-Hans" if simplified > traditional else "zh-Hant"
