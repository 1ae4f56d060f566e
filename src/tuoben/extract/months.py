"""The names of the months in some sixty languages, full and short, as dates are written with them.

Made from the Unicode CLDR (format and stand-alone, wide and abbreviated), with spellings that pages use besides. A name
that means one month here and another there (listopad: November in Polish, October in Croatian) is read as in the
language with more pages; short names that are ambiguous are left out.
"""

from __future__ import annotations

from typing import Final

_NAMES: Final = {
    1: (
        "january januar jan janvier janv enero ene janeiro gennaio gen januari jänner stycznia styczeń ledna "
        "leden января январь янв січня січень ocak tammikuuta tammikuu ianuarie ιανουαρίου ιανουάριοσ január "
        "siječnja yanvar jän جانفي tammi janúar sty led januára ian януари яну січ студзеня сту студзень "
        "јануар јан sij siječanj јануари janar ιαν oca yan sausio saus sausis janvāris jaanuar jaan gener "
        "urtarrila urt xaneiro xan eanáir ean ionawr ion يناير ژانویهٔ ژانویه ינואר ינו जनवरी जन জানুয়ারী "
        "জানু ஜனவரி ஜன జనవరి జన जानेवारी जाने જાન્યુઆરી જાન્યુ جنوری มกราคม มค មករា ມັງກອນ ມກ ဇန်နဝါရီ ဇန် "
        "იანვარი იან հունվարի հնվ հունվար қаңтар қаң januarie "
        "كانون_الثاني"
    ),
    2: (
        "february februar feb février févr fév febrero fevereiro fev febbraio februari lutego luty února únor "
        "февраля февраль фев лютого лютий şubat helmikuuta helmikuu februarie φεβρουαρίου február veljače "
        "fevral فيفري helmi febrúar lut úno februára febr февруари февр лют лютага люты фебруар феб velj "
        "veljača shkurt shk φεβ φεβρουάριοσ şub vasario vas vasaris februāris veebruar veebr febrer otsaila "
        "ots febreiro feabhra feabh chwefror chwef chw pebrero peb فبراير فوریهٔ فوریه פברואר פבר फ़रवरी फ़र "
        "ফেব্রুয়ারী ফেব பிப்ரவரி பிப் ఫిబ్రవరి ఫిబ్ర फेब्रुवारी फेब्रु ફેબ્રુઆરી ફેબ્રુ فروری फेब्रुअरी "
        "กุมภาพันธ์ กพ កុម្ភៈ ກຸມພາ ກພ ဖေဖော်ဝါရီ ဖေ თებერვალი თებ փետրվարի փտվ փետրվար ақпан ақп "
        "شباط"
    ),
    3: (
        "march märz mar mär mrz mars marzo março maart maret marca marzec března březen марта март мар "
        "березня mart maaliskuuta maaliskuu martie μαρτίου március ožujka mrt marts maalis bře marec márc бер "
        "березень сакавіка сак сакавік ožu ožujak μαρ μάρτιοσ μάρ kovo kov kovas märts març martxoa márta "
        "mawrth maw mac marso machi مارس מרץ मार्च মার্চ மார்ச் மார் మార్చి માર્ચ مارچ มีนาคม มีค មីនា ມີນາ "
        "ມນ မတ် მარტი მარ մարտի մրտ մարտ наурыз нау "
        "آذار اذار"
    ),
    4: (
        "april apr avril avr abril abr aprile kwietnia kwiecień dubna duben апреля апрель апр квітня nisan "
        "huhtikuuta huhtikuu aprilie απριλίου április travnja aprel نيسان أفريل ابريل huhti apríl kwi dub "
        "apríla ápr април квіт квітень красавіка кра красавік tra travanj prill pri απρ απρίλιοσ nis "
        "balandžio bal balandis aprīlis aprill apirila api aibreán aib ebrill ebr aprili أبريل آوریل אפריל "
        "אפר अप्रैल এপ্রিল এপ্রি ஏப்ரல் ஏப் ఏప్రిల్ ఏప్రి एप्रिल एप्रि એપ્રિલ اپریل अप्रिल เมษายน เมย មេសា "
        "ເມສາ ມສ ဧပြီ აპრილი აპრ ապրիլի ապր ապրիլ сәуір сәу"
    ),
    5: (
        "may mai mayo maio maggio mag mei maj maja května květen мая май травня mayıs toukokuuta toukokuu "
        "μαΐου május svibnja ماي touko maí kvě mája máj трав травень мај svi svibanj μαΐ μάιοσ μάι "
        "gegužės geg gegužė maijs maig maiatza bealtaine beal مايو مهٔ مه מאי मई মে மே మే मे મે مئی พฤษภาคม "
        "พค ឧសភា ພຶດສະພາ ພພ မေ მაისი მაი մայիսի մյս մայիս мамыр мам "
        "أيار ايار"
    ),
    6: (
        "june juni jun juin junio junho giugno giu czerwca czerwiec června červen июня июнь июн червня "
        "haziran kesäkuuta kesäkuu iunie ιουνίου június lipnja iyun جوان يونية kesä júní jún cze čvn júna iun "
        "юни черв червень чэрвеня чэр чэрвень јун lipanj junij јуни qershor qer ιουν ιούνιοσ ιούν haz iyn "
        "birželio birž birželis jūnijs jūn juuni juny ekaina eka xuño meitheamh meith mehefin meh hunyo hun "
        "يونيو ژوئن יוני जून জুন ஜூன் జూన్ જૂન جون जुन มิถุนายน มิย មិថុនា ມິຖຸນາ ມິຖ ဇွန် ივნისი ივნ հունիսի "
        "հնս հունիս маусым мау junie "
        "حزيران"
    ),
    7: (
        "july juli jul juillet juil julio julho luglio lug lipca lipiec července červenec июля июль июл липня "
        "temmuz heinäkuuta heinäkuu iulie ιουλίου július srpnja iyul جويلية يولية heinä júlí júl čvc júla iul "
        "юли лип липень ліпеня ліп ліпень јул srpanj julij јули korrik korr ιουλ ιούλιοσ ιούλ tem iyl liepos "
        "liep liepa jūlijs jūl juuli juliol uztaila uzt xullo xul iúil gorffennaf gorff gor julai hulyo hul "
        "يوليو ژوئیهٔ ژوئیه יולי जुलाई जुल জুলাই জুল ஜூலை జులై जुलै જુલાઈ جولائی กรกฎาคม กค កក្កដា ກໍລະກົດ ກລ "
        "ဇူလိုင် ဇူ ივლისი ივლ հուլիսի հլս հուլիս шілде шіл julie "
        "تموز"
    ),
    8: (
        "august aug août aout agosto ago agustus augustus augusti sierpnia sierpień srpna srpen августа "
        "август авг серпня ağustos elokuuta elokuu αυγούστου augusztus kolovoza avqust avgust أوت اغسطس elo "
        "ágúst ágú sie augusta серп серпень жніўня жні жнівень kol kolovoz avg gusht gush αυγ αύγουστοσ αύγ "
        "ağu avq rugpjūčio rugp rugpjūtis augusts agost abuztua abu lúnasa lún awst agu ogos ogo agosti أغسطس "
        "اوت אוגוסט אוג अगस्त अग আগস্ট আগ ஆகஸ்ட் ஆக ఆగస్టు ఆగ ऑगस्ट ऑग ઑગસ્ટ اگست अगस्ट สิงหาคม สค សីហា ສິງຫາ "
        "ສຫ ဩဂုတ် აგვისტო აგვ օգոստոսի օգս օգոստոս тамыз там "
        "آب"
    ),
    9: (
        "september sep sept septembre septiembre setiembre setembro set settembre września wrzesień září "
        "сентября сентябрь сен сент вересня eylül syyskuuta syyskuu septembrie σεπτεμβρίου szeptember rujna "
        "أيلول syys wrz zář septembra szept септември сеп вер вересень верасня верасень септембар ruj rujan "
        "septembar shtator sht σεπ σεπτέμβριοσ eyl sentyabr sen rugsėjo rugs rugsėjis septembris setembre "
        "iraila ira mfómh medi setyembre septemba سبتمبر سپتامبر ספטמבר ספט सितंबर सित সেপ্টেম্বর সেপ "
        "செப்டம்பர் செப் సెప్టెంబర్ సెప్టెం सप्टेंबर सप्टें સપ્ટેમ્બર સપ્ટે ستمبر सेप्टेम्बर กันยายน กย កញ្ញា "
        "ກັນຍາ ກຍ စက်တင်ဘာ စက် სექტემბერი სექ սեպտեմբերի սեպ սեպտեմբեր қыркүйек қыр sentabr"
    ),
    10: (
        "october oktober okt oct octobre octubre outubro out ottobre ott października październik října říjen "
        "октября октябрь окт жовтня ekim lokakuuta lokakuu octombrie οκτωβρίου október اكتوبر loka paź říj "
        "októbra октомври жовт жовтень кастрычніка кас кастрычнік октобар oktobar tetor tet οκτ οκτώβριοσ eki "
        "oktyabr spalio spal spalis oktobris oktoober urria urr dfómh hydref hyd oktubre oktoba أكتوبر اکتبر "
        "אוקטובר אוק अक्टूबर अक्टू অক্টোবর অক্টো அக்டோபர் அக் అక్టోబర్ అక్టో ऑक्टोबर ऑक्टो ઑક્ટોબર ઑક્ટો "
        "اکتوبر अक्टोबर ตุลาคม ตค តុលា ຕຸລາ ຕລ အောက်တိုဘာ အောက် ოქტომბერი ოქტ հոկտեմբերի հոկ հոկտեմբեր қазан "
        "қаз oktabr "
        "تشرين_الأول تشرين_الاول"
    ),
    11: (
        "listopada november nov novembre noviembre novembro listopadu листопада ноября ноябрь ноя kasım "
        "marraskuuta marraskuu noiembrie νοεμβρίου studenoga noyabr marras nóvember nóv novembra ноември ное "
        "нояб лист листопад лістапада ліс лістапад новембар нов stu studeni novembar nëntor nën νοε νοέμβριοσ "
        "νοέ kas noy lapkričio lapkr lapkritis novembris azaroa aza samhain samh tachwedd tach nobyembre nob "
        "novemba نوفمبر نوامبر נובמבר נוב नवंबर नव নভেম্বর নভে நவம்பர் நவ నవంబర్ నవం नोव्हेंबर नोव्हें "
        "નવેમ્બર નવે نومبر नोभेम्बर พฤศจิกายน พย វិច្ឆិកា ພະຈິກ ພຈ နိုဝင်ဘာ နို ნოემბერი ნოე նոյեմբերի նոյ "
        "նոյեմբեր қараша қар "
        "تشرين_الثاني"
    ),
    12: (
        "december dezember dez dec décembre déc diciembre dic dezembro dicembre desember des grudnia grudzień "
        "prosince prosinec декабря декабрь дек грудня aralık joulukuuta joulukuu decembrie δεκεμβρίου "
        "prosinca dekabr joulu gru pro decembra декември груд грудень снежня сне снежань децембар дец "
        "prosinac decembar dhjetor dhj δεκ δεκέμβριοσ ara dek gruodžio gruod gruodis decembris detsember dets "
        "desembre abendua abe decembro nollaig noll rhagfyr rhag disember dis disyembre desemba ديسمبر دسامبر "
        "דצמבר דצמ दिसंबर दिस ডিসেম্বর ডিসে டிசம்பர் டிச డిసెంబర్ డిసెం डिसेंबर डिसें ડિસેમ્બર ડિસે دسمبر "
        "डिसेम्बर ธันวาคม ธค ធ្នូ ທັນວາ ທວ ဒီဇင်ဘာ ဒီ დეკემბერი დეკ դեկտեմբերի դեկ դեկտեմբեր желтоқсан жел "
        "كانون_الأول كانون_الاول"
    ),
}
MONTHS: Final = {name: number for number, names in _NAMES.items() for name in names.split()}
"""Case-folded name, without full stops, to the number of the month."""
_PERSIAN: Final = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند"
_SOLAR_HIJRI: Final = {name: number for number, name in enumerate(_PERSIAN.split(), 1)}


def month(name: str) -> int:
    """The number of a month by its name in any language, 0 when it is none."""
    name = name.casefold().replace(".", "").strip("-–॰׳'’")
    if not name.isascii():
        name = name.removeprefix("ב") if name not in MONTHS else name
    return MONTHS.get(name, 0)


def persian_month(name: str) -> int:
    """The number of a month of the solar Hijri calendar of Iran and Afghanistan, 0 when it is none."""
    return _SOLAR_HIJRI.get(name, 0)
