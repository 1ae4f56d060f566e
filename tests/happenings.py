"""Labelled reports of invented events, for the gate of stories.

Each event is reported in several phrasings, by several outlets and over some days, with figures that stay. Hard
negatives are events of their own: daily bulletins (one template, other date and figures), serial visits (one person,
other places), and events of one kind in other places. `held` picks phrasings, kinds and names that share nothing with
the others; so does `fresh`, where further, visits have two reports each, some events have one, reports carry the
standing phrases of their outlets, later ones leave facts out, and people and places turn up in several events.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Sheet:
    """A report and the event it is of."""

    id: str
    event: str
    title: str
    text: str
    when: datetime
    source: str


_A, _B = "青白云沧临栖枫兰霁澜".strip(), "岭川溪渡浦湾屏泽原洲"
_HA, _HB = "墨苍岫砚梧桦棠汀磐珑", "陂堰圩坞峪埠垭塬坪涧"
_PEOPLE = ["陶望舒", "闻景行", "祁远帆", "宁照野", "容知白", "费清和", "蓝若水", "桑以宁", "卫听涛", "罗千帆"]
_HPEOPLE = ["柏闲云", "邝星阑", "储半夏", "殷怀谷", "翟溪桥", "贺兰舟", "万俟青", "雍长庚", "冷杉月", "车小满"]
_SOURCES = ["晨报", "晚报", "日报", "在线", "时报", "周刊"]

_KINDS = {
    "fire": [
        ("{p}一家{x}厂起火 {n}人获救", "{d}日凌晨，{p}{q}路一家{x}厂发生火灾，消防部门调集{m}辆消防车到场，{n}名被困工人获救，无人死亡。起火原因正在调查。"),
        ("{p}{x}厂火灾扑灭，{n}名工人脱险", "位于{p}{q}路的{x}厂{d}日失火。大火烧了三个多小时，{n}名工人被消防员从楼上救下。厂方负责人{w}说，仓库里的货物基本烧毁。"),
        ("{x}厂大火之后：{p}排查老旧厂房", "{p}{x}厂火灾发生后，{q}路周边的厂房开始逐一检查。应急管理局称，获救的{n}名工人情况稳定，{w}已接受调查。"),
        ("{p}公布{x}厂火灾调查结果", "调查组认定，{d}日{p}{q}路{x}厂的火灾由电线短路引起。厂方负责人{w}被追究责任，{n}名获救工人得到补偿。"),
    ],
    "bridge": [
        ("{p}{q}大桥建成通车 全长{m}米", "{d}日，连接{p}两岸的{q}大桥正式通车。大桥全长{m}米，历时{n}个月建成，过江时间由一小时缩短到十分钟。"),
        ("{q}大桥通车首日车流{n}千辆", "{p}{q}大桥开放第一天，近{n}千辆车驶过。设计师{w}在桥上看着车流说，{m}米的桥面用了新的沥青。"),
        ("走上{p}{q}大桥：造桥人的故事", "总设计师{w}为{p}{q}大桥工作了{n}个月。江底岩层复杂，{m}米长的桥一度改过三次方案。"),
    ],
    "find": [
        ("{p}{q}遗址出土{n}件{x}器", "考古队{d}日宣布，在{p}{q}遗址发掘出{n}件{x}器，距今约{m}百年，是当地首次。领队{w}说，墓主身份尚待确定。"),
        ("{q}遗址新发现：{x}器上有铭文", "{p}{q}遗址出土的{x}器中，有一件刻着铭文。领队{w}介绍，{n}件器物将在博物馆修复，年代约为{m}百年前。"),
        ("{p}将为{q}遗址建博物馆", "因出土{n}件{x}器而受关注的{p}{q}遗址，将原地建设博物馆。领队{w}希望{x}器能留在当地展出。"),
    ],
    "school": [
        ("{p}{q}中学食堂多名学生不适", "{d}日午饭后，{p}{q}中学{n}名学生出现呕吐腹泻，被送往医院。食堂已停用，市场监管部门封存了{x}等食材样品。"),
        ("{q}中学{n}名学生全部出院", "{p}通报，{q}中学因午餐身体不适的{n}名学生均已出院。检验显示{x}受到细菌污染，校长{w}向家长道歉。"),
        ("{p}免去{q}中学校长{w}职务", "{q}中学食堂事件后，{p}决定免去校长{w}的职务。该事件造成{n}名学生就医，供货的{x}公司被立案。"),
    ],
    "en-storm": [
        ("Storm {E} hits {P}, {n} homes flooded", "Storm {E} reached {P} on day {d}, flooding {n} homes and cutting power along the {Q} road. Mayor {W} asked residents to stay inside."),
        ("{P} counts the cost of storm {E}", "Residents of {P} returned to {n} flooded homes after storm {E}. Mayor {W} said repairs to the {Q} road would take weeks."),
        ("Power back in {P} after {E}", "Engineers restored electricity along the {Q} road in {P}, days after storm {E} flooded {n} homes, mayor {W} said."),
    ],
}  # fmt: skip
_HKINDS = {
    "landslide": [
        ("{p}{q}村山体滑坡 转移{n}户", "受连日降雨影响，{d}日{p}{q}村后山滑塌约{m}万方，县里连夜转移{n}户村民，未接到伤亡报告。"),
        ("滑坡后的{q}村：{n}户人家住进学校", "山塌下来的时候，{p}{q}村支书{w}正挨家敲门。如今{n}户人家住在镇上的学校里，约{m}万方土石堵住了河道。"),
        ("{p}打通{q}村堵塞河道", "抢险人员挖开了{p}{q}村被土石堵住的河道。支书{w}表示，转移的{n}户村民暂不能回家。"),
        ("专家：{q}村滑坡体仍不稳定", "地质专家在{p}{q}村设置了{x}监测仪。他们说，山体还在移动，{n}户村民回迁要等雨季过后，支书{w}表示理解。"),
    ],
    "merger": [
        ("{q}{x}集团收购{p}{x}公司 作价{m}亿元", "{q}{x}集团{d}日公告，以{m}亿元买下{p}{x}公司全部股份。董事长{w}表示，{n}个工厂保持不变。"),
        ("{p}{x}公司易主，员工关心去留", "被{q}{x}集团买下之后，{p}{x}公司的员工在等消息。新东家的董事长{w}承诺{n}个工厂不裁人，这笔交易作价{m}亿元。"),
        ("监管部门审查{q}{x}集团并购案", "反垄断机构对{q}{x}集团收购{p}{x}公司立案审查，涉及金额{m}亿元。{w}称将配合。"),
    ],
    "match": [
        ("{p}队{n}比{d}胜{q}队 夺得{x}杯", "在{x}杯决赛中，{p}队以{n}比{d}击败{q}队。门将{w}扑出两个点球，现场有{m}百名观众。"),
        ("{x}杯冠军{p}队返乡 市民夹道欢迎", "捧着{x}杯的{p}队回到家乡。门将{w}说，{n}比{d}赢下{q}队的那一夜他没有睡着。"),
        ("{q}队主帅为{x}杯决赛失利致歉", "{n}比{d}输给{p}队后，{q}队主帅在{x}杯赛后道歉，他称赞对方门将{w}发挥出色。"),
    ],
    "en-strike": [
        ("Dockers at {P} walk out over {E} contract", "About {n} dockers at {P} harbour stopped work over the {E} contract. Union leader {W} said the {Q} terminal would stay shut."),
        ("{P} harbour strike enters second week", "Ships are queuing off {P} as {n} dockers stay away from the {Q} terminal. {W}, who leads the union, rejected the {E} offer."),
        ("Deal ends {P} dock strike", "{W} and {E} signed an agreement that brings {n} dockers back to the {Q} terminal in {P}."),
    ],
}  # fmt: skip
_BULLETIN = "{p}气象台{d}日发布：今天白天到夜间晴转多云，最高气温{n}度，最低气温{m}度，空气质量指数{k}，适宜户外活动，请市民注意防晒补水。"
_HBULLETIN = "{p}蔬菜批发市场{d}日行情：今天到货{k}吨，白菜均价每公斤{n}角，萝卜均价每公斤{m}角，交易平稳，供应充足，预计明日变化不大。"
_VISIT = "{w}{d}日到{q}调研。{w}走进企业车间和社区，与职工群众亲切交谈，了解生产经营和民生保障情况，强调要抓好落实。他在{x}厂听取了介绍。"
_HVISIT = "副市长{w}{d}日前往{q}看望慰问。每到一处，{w}都详细询问老人的生活起居，叮嘱有关部门把实事办好。在{x}合作社，他查看了账目。"
_GOODS = ["家具", "纺织", "纸箱", "玩具", "电缆", "化肥", "青铜", "陶瓷", "漆木", "豆腐", "鱼丸", "凉皮"]
_HGOODS = ["锂电", "水泥", "茶叶", "轴承", "光学", "丝绸", "制药", "船舶", "齿轮", "乳品", "果酒", "藤编"]
_FILL = [
    "现场",
    "居民",
    "部门",
    "情况",
    "工作",
    "继续",
    "时间",
    "消息",
    "附近",
    "道路",
    "天气",
    "人员",
    "车辆",
    "电话",
    "安排",
    "下午",
    "上午",
    "附件",
    "媒体",
    "网友",
    "讨论",
    "说明",
    "问题",
]


def _latin(draw: random.Random, held: bool) -> str:
    heads = (
        ("Thorn", "Elm", "Brack", "Wyn", "Sel", "Mar") if not held else ("Ostr", "Quill", "Fen", "Jar", "Vold", "Hax")
    )
    tails = (
        ("wick", "mere", "ford", "holm", "bury", "dale")
        if not held
        else ("stead", "garth", "combe", "thwaite", "ness", "beck")
    )
    return draw.choice(heads) + draw.choice("aeiou") + draw.choice("lmnrst") + draw.choice(tails)


def _filler(draw: random.Random, latin: bool) -> str:
    """A sentence that says nothing: every report has its own."""
    if latin:
        return "Officials said more details would follow. " * draw.randint(0, 1)
    return "".join(draw.choice(_FILL) for _ in range(draw.randint(6, 14))) + "。"


def sheets(seed: int, *, held: bool = False, events: int = 80) -> list[Sheet]:
    """Reports of `events` events, bulletins and visits beside them, in the order of their times."""
    draw = random.Random(seed)
    kinds = list((_HKINDS if held else _KINDS).items())
    a, b = (_HA, _HB) if held else (_A, _B)
    people, goods = (_HPEOPLE, _HGOODS) if held else (_PEOPLE, _GOODS)

    def place() -> str:
        return draw.choice(a) + draw.choice(b)

    out: list[Sheet] = []

    def add(event: str, title: str, text: str, when: datetime) -> None:
        out.append(Sheet(f"r{len(out):04}", event, title, text, when, draw.choice(_SOURCES)))

    for number in range(events):
        name, forms = kinds[number % len(kinds)]
        facts = {
            "p": place() + draw.choice("市县"), "q": place(), "x": draw.choice(goods), "w": draw.choice(people),
            "n": draw.randint(11, 98), "m": draw.randint(12, 99), "d": draw.randint(1, 28),
            "P": _latin(draw, held), "Q": _latin(draw, held), "E": _latin(draw, held), "W": _latin(draw, held),
        }  # fmt: skip
        begun = START + timedelta(hours=draw.randint(0, 24 * 30))
        for at in range(draw.randint(3, 7)):
            title, text = forms[min(at, len(forms) - 1)] if at < len(forms) else draw.choice(forms)
            latin = name.startswith("en")
            body = text.format(**facts) + _filler(draw, latin) + ("" if at < len(forms) else _filler(draw, latin) * 2)
            add(f"{name}-{number}", title.format(**facts), body, begun + timedelta(hours=14 * at + draw.randint(0, 9)))
    city, person = place() + "市", draw.choice(people)
    for day in range(25):
        fill = {
            "p": city,
            "d": day + 1,
            "n": draw.randint(11, 39),
            "m": draw.randint(2, 10),
            "k": draw.randint(40, 180),
        }
        title = "{p}今日蔬菜行情（{d}日）" if held else "{p}天气预报（{d}日）"
        add(f"bulletin-{day}", title.format(**fill), (_HBULLETIN if held else _BULLETIN).format(**fill),
            START + timedelta(days=day))  # fmt: skip
    for day in range(0, 30, 2):
        fill = {"w": person, "q": place() + "区", "d": day + 1, "x": draw.choice(goods)}
        title = "{w}看望慰问{q}老人" if held else "{w}到{q}调研"
        add(
            f"visit-{day}",
            title.format(**fill),
            (_HVISIT if held else _VISIT).format(**fill),
            START + timedelta(days=day),
        )
    return sorted(out, key=lambda sheet: (sheet.when, sheet.id))


_FA, _FB = "鹊鹿雁鸢麂獭犀鲤蝉鹭", "鸣角跃影脊渊壑浔岬礁"
_FPEOPLE = [
    "闾素秋",
    "仲棠",
    "晏北辰",
    "逄如海",
    "臧念真",
    "乜小川",
    "谷梁岳",
    "郗明烛",
    "厍冬青",
    "鄢半山",
    "麻知夏",
    "苌乐",
]
_FGOODS = ["荞麦", "芦苇", "红薯", "山核桃", "灯彩", "剪纸", "木偶", "皮影", "竹编", "蓝印", "古琴", "风筝"]
_FKINDS = {
    "bus": [
        ("{p}一客车侧翻 {n}人受伤", "{d}日清晨，一辆载有{m}人的旅游客车在{p}{q}岭隧道口侧翻，{n}人受伤，其中三人伤势较重。伤者被送到{p}人民医院救治，事故路段双向封闭。"),
        ("{q}岭隧道口客车事故续：伤者家属陆续赶到", "在{p}人民医院的走廊里，客车侧翻事故伤者的家属正在等候。院长{w}告诉记者，{n}名伤者中多数已脱离危险，重伤的三人仍在监护。"),
        ("司机疲劳驾驶！{p}客车侧翻原因初步查明", "交警部门通报，{q}岭隧道口的客车侧翻系司机疲劳驾驶所致。车上{m}人均已联系到家人，涉事旅行社停业整顿。"),
        ("{q}岭隧道恢复通行", "封闭两天之后，{p}{q}岭隧道恢复双向通行。交警提醒，隧道口弯急坡陡，此前一辆客车在此侧翻，{n}人受伤。"),
    ],
    "ship": [
        ("货轮在{q}湾外搁浅 {n}名船员全部获救", "一艘运送{x}的货轮{d}日夜间在{p}{q}湾外触礁搁浅，{n}名船员被直升机救起。船上载有约{m}吨燃油，海事部门布设了围油栏。"),
        ("{q}湾漏油带已达{m}公顷？海事局回应", "针对网上传言，{p}海事局说，搁浅货轮的燃油没有大面积泄漏。局长{w}表示，{m}吨燃油将在三天内抽完。"),
        ("渔民盼{q}湾早日解禁", "货轮搁浅以后，{p}{q}湾的养殖户停了工。{w}代表海事部门承诺赔偿，船东已预付首笔款项。"),
        ("搁浅货轮拖离{q}湾", "三艘拖船合力把搁浅多日的货轮拖离{p}{q}湾。这艘运送{x}的船将进坞检查，{n}名船员已回国。"),
    ],
    "library": [
        ("{p}新图书馆开馆 藏书{m}万册", "位于{q}湖畔的{p}新图书馆{d}日开馆，藏书{m}万册，首日接待读者{n}百人次。馆长{w}说，书架之间留了看湖的窗。"),
        ("一座看得见湖的图书馆", "建筑师把{p}新图书馆放在了{q}湖边。馆长{w}带记者看了{x}主题展厅，那里的灯到夜里十点才关。"),
        ("{q}湖畔图书馆开馆一周：座位一席难求", "开馆一周，{p}新图书馆{n}百个座位天天坐满。馆长{w}称将延长开放时间，并增加{x}讲座。"),
    ],
    "trial": [
        ("{p}{x}协会原会长{w}受贿案开庭", "{d}日，{p}中级人民法院开庭审理{x}协会原会长{w}受贿案。检察机关指控其收受财物{m}百万元，涉及{n}个项目。"),
        ("{w}当庭认罪 涉案{m}百万元", "在{p}中级人民法院，{w}对指控没有异议。这位{x}协会原会长在最后陈述时落泪，法庭将择期宣判。"),
        ("受贿{m}百万元，{w}一审获刑", "{p}中级人民法院一审宣判，{x}协会原会长{w}被判处有期徒刑，并处罚金，赃款上缴国库。{w}表示不上诉。"),
    ],
    "festival": [
        ("第{n}届{p}{x}节开幕", "第{n}届{x}节{d}日在{p}{q}广场开幕，来自各地的{m}支队伍参加巡游。传承人{w}展示了新作。"),
        ("{x}节上的年轻人", "{p}{q}广场上，{w}的徒弟们第一次登台。{x}节请来{m}支队伍，一半是二十多岁的年轻人。"),
        ("{p}{x}节落幕 吸引游客{k}万人次", "为期五天的第{n}届{x}节在{p}落幕，吸引游客{k}万人次。压轴的是{w}在{q}广场的表演。"),
    ],
    "en-mine": [
        ("{n} miners trapped after {P} pit collapse", "A roof fall at the {Q} pit near {P} trapped {n} miners before dawn on day {d}. Rescuers are drilling a shaft {m} metres deep, said {W}, who runs the mine."),
        ("Families wait at {Q} pit as drill nears miners", "Relatives gathered in a chapel in {P} as the drill closed in on the {n} men below. {W} promised them that no one would be left behind."),
        ("All {n} men brought up alive from {Q} pit", "Cheers went up in {P} when the last man reached daylight. The rescue through a {m} metre shaft at the {Q} pit had lasted for days. An inquiry will question {W}."),
    ],
    "en-election": [
        ("{W} wins {P} mayoral race by {n} votes", "{W} was declared mayor of {P} after a recount, ahead of {E} by {n} votes. The turnout was {m} per cent."),
        ("{E} challenges {P} result in court", "Lawyers for {E} asked judges to void the mayoral vote in {P}, lost to {W} by {n} ballots, citing the {Q} ward count."),
        ("Judges uphold {P} vote; {W} sworn in", "The court found no fault in the {Q} ward. {W} took the oath in {P} town hall while supporters of {E} stood outside."),
    ],
}  # fmt: skip
_FVISITS = [
    ("{w}在{q}调研{x}产业", "{d}日，省长{w}到{q}调研{x}产业发展。他先后走进{x}合作社、示范基地，察看产品展示，同技术人员交流，要求做大做强特色产业，带动更多群众增收。"),
    ("{w}赴{q}：把{x}做成大产业", "省长{w}近日来到{q}，在{x}示范基地听取汇报。他说，要立足资源禀赋，延伸产业链条，让群众在家门口增收致富。"),
]  # fmt: skip
_FBULLETINS = [
    ("{p}水情通报（{d}日8时）", "{p}水文站{d}日8时水情：{q}江水位{n}.{k}米，较昨日变化{m}厘米，流量每秒{n}百立方米，低于警戒水位，堤防运行平稳，各闸门正常启闭。"),
    ("{p}股市{d}日收盘综述", "{d}日，{p}综合指数收于{n}{m}点，成交{k}亿元。{x}板块领涨，{y}板块跌幅居前。分析人士认为，市场观望情绪较浓，短期以震荡为主。"),
]  # fmt: skip
_FSTANDING = [
    ("本报讯 ", " 更多消息，本报将持续关注。"),
    ("据当地媒体报道，", " （记者 实习生）欢迎拨打新闻热线提供线索。"),
    ("记者从有关部门获悉，", " 相关情况正在进一步核实之中。"),
    ("", " 下载客户端，查看更多精彩内容。"),
]  # fmt: skip
_FSYLLABLES = ["Ag", "Bel", "Cor", "Dun", "Esk", "Fir", "Gol", "Hir", "Ix", "Jol", "Kes", "Lud"], ["ran", "mouth", "vik", "ley", "pool", "ton", "by", "more"]  # fmt: skip


def fresh(seed: int, events: int = 84) -> list[Sheet]:
    """Reports as in `sheets`, of nothing that is there: see the module."""
    draw = random.Random(seed)
    kinds = list(_FKINDS.items())
    places = [one + two for one in _FA for two in _FB]
    latin = [one + two for one in _FSYLLABLES[0] for two in _FSYLLABLES[1]]
    out: list[Sheet] = []

    def facts() -> dict[str, object]:
        return {
            "p": draw.choice(places) + draw.choice("市县"), "q": draw.choice(places), "x": draw.choice(_FGOODS),
            "y": draw.choice(_FGOODS), "w": draw.choice(_FPEOPLE), "n": draw.randint(5, 60), "m": draw.randint(10, 99),
            "k": draw.randint(10, 99), "d": draw.randint(1, 28),
            **dict(zip("PQEW", draw.sample(latin, 4), strict=True)),
        }  # fmt: skip

    def add(event: str, form: tuple[str, str], told: dict[str, object], when: datetime) -> None:
        title, text = (part.format(**told) for part in form)
        before, after = draw.choice(_FSTANDING) if not title.isascii() else ("", "")
        filler = _filler(draw, title.isascii()) if draw.random() < 0.5 else ""
        out.append(Sheet(f"f{len(out):04}", event, title, before + text + filler + after, when, before))

    for number in range(events):
        name, forms = kinds[number % len(kinds)]
        told, begun = facts(), START + timedelta(hours=draw.randint(0, 24 * 30))
        for at in range(draw.choice((1, 2, 3, 4, 5, 6, 7))):
            form = forms[at] if at < len(forms) else draw.choice(forms)
            add(f"{name}-{number}", form, told, begun + timedelta(hours=16 * at + draw.randint(0, 12)))
    governor, town, river = draw.choice(_FPEOPLE), draw.choice(places) + "市", draw.choice(places)
    for day in range(25):
        for series, form in enumerate(_FBULLETINS):
            told = facts() | {"p": town, "q": river, "d": day + 1}
            add(f"bulletin-{series}-{day}", form, told, START + timedelta(days=day))
    for day in range(0, 28, 2):
        told = facts() | {"w": governor, "d": day + 1, "q": draw.choice(places) + "县"}
        for at, form in enumerate(_FVISITS):
            add(f"visit-{day}", form, told, START + timedelta(days=day, hours=9 * at))
    return sorted(out, key=lambda sheet: (sheet.when, sheet.id))


def mixed(said: dict[str, str], true: dict[str, str], kind: str) -> float:
    """The share of the pairs of different events of a kind ("bulletin", "visit") that were put in one story."""
    of_kind = [id for id, event in true.items() if event.startswith(f"{kind}-")]
    apart = [(one, two) for one, two in combinations(of_kind, 2) if true[one] != true[two]]
    return sum(said[one] == said[two] for one, two in apart) / len(apart) if apart else 0.0


def bcubed(said: dict[str, str], true: dict[str, str]) -> tuple[float, float, float]:
    """B-cubed precision, recall and F1 (Bagga and Baldwin 1998)."""
    precision = recall = 0.0
    for one in true:
        cluster = {other for other in true if said[other] == said[one]}
        event = {other for other in true if true[other] == true[one]}
        both = len(cluster & event)
        precision += both / len(cluster)
        recall += both / len(event)
    p, r = precision / len(true), recall / len(true)
    return p, r, 2 * p * r / (p + r)
