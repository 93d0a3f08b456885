"""How names of other families decline or take suffixes. Lines as in `slavic`; what follows the whole word has base `-`."""

LT = """
as > o:g ui:d ą:a u:i e:l ai:v
is > io:g iui:d į:a iu:i yje:l i:v
ys > io:g iui:d į:a iu:i yje:l y:v
us > aus:g ui:d ų:a umi:i uje:l au:v
ius > iaus:g iui:d ių:a iumi:i iuje:l
a > os:g ai:d ą:a oje:l
ia > ios:g iai:d ią:a ioje:l
ė > ės:g ei:d ę:a e:i ėje:l
ai > ų:g ams:d us:a ais:i uose:l
"""

LV = """
s > a:g am:d u:a ā:l ī:l
š > a:g am:d u:a ā:l
is > a:g im:d i:a ī:l ja:g
ks > ka:g kam:d ku:a
us > us:g um:d u:a
a > as:g ai:d u:a ā:l
e > es:g ei:d i:a ē:l
o > o:g
"""

EL = """
ος > ου:g ο:a ε:v
ης > η:gav ους:g
ας > α:gav
α > ας:g
η > ης:g
ο > ου:g
ι > ιού:g
οι > ων:g ους:a
ες > ων:g
"""

FI = """
- > n:g in:g a:p ia:p ta:p tta:p ä:p iä:p ssa:l issa:l ssä:l issä:l sta:l ista:l stä:l istä:l lla:l illa:l llä:l illä:l
- > lta:l ilta:l ltä:l iltä:l lle:d ille:d na:i ina:i nä:i inä:i ksi:i iksi:i han:l hen:l hin:l hon:l hun:l hän:l iin:l
- > aan:l oon:l uun:l een:l seen:l kin:f
i > en:g essa:l essä:l esta:l estä:l een:l elle:d ella:l ellä:l elta:l eltä:l ea:p eä:p eksi:i ena:i enä:i
nen > sen:g sta:p stä:p seen:l sessa:l sesta:l sella:l selta:l selle:d
kka ppa tta > kan:g pan:g tan:g kalle:d palle:d kalla:l kasta:l
kki ppi tti > kin:g pin:g tin:g
nki > ngin:g ngissa:l ngissä:l ngistä:l ngista:l
nti > nnin:g nnille:d
lta > llan:g
rta > rran:g
ko > on:g olle:d
"""

ET = """
- > i:g it:p ile:d isse:l is:l ist:l il:l ilt:l iks:i iga:i ina:i ita:i ini:l
- > aga:i as:l ast:l al:l alt:l ale:d asse:l aks:i at:p ani:l ata:i a:g
- > ega:i es:l est:l el:l elt:l ele:d esse:l eks:i et:p eni:l eta:i e:g
- > uga:i us:l ust:l ul:l ult:l ule:d usse:l uks:i ut:p uni:l uta:i u:g
- > d:p t:p le:d sse:l s:l st:l l:l lt:l ks:i ga:i na:i ta:i ni:l de:p
"""

HU = """
- > t:a at:a et:a ot:a öt:a nak:d nek:d ban:l ben:l ba:l be:l ra:l re:l ról:l ről:l tól:l től:l nál:l nél:l hoz:l hez:l höz:l
- > on:l en:l ön:l n:l ból:l ből:l val:i vel:i ért:c ig:l ként:c é:s ék:p éknak:p i:f k:p ok:p ek:p ék:p jét:s ja:s je:s né:f
b > bbal:i bbel:i
c > ccal:i ccel:i
d > ddal:i ddel:i
f > ffal:i ffel:i
g > ggal:i ggel:i
h > hhal:i hhel:i
j > jjal:i jjel:i
k > kkal:i kkel:i
l > llal:i llel:i
m > mmal:i mmel:i
n > nnal:i nnel:i
p > ppal:i ppel:i
r > rral:i rrel:i
s > ssal:i ssel:i
t > ttal:i ttel:i
z > zzal:i zzel:i
cs > ccsal:i ccsel:i
sz > sszal:i sszel:i
gy > ggyal:i ggyel:i
"""

TR = """
- > ı:a i:a u:a ü:a yı:a yi:a yu:a yü:a nı:a ni:a nu:a nü:a a:d e:d ya:d ye:d na:d ne:d da:l de:l ta:l te:l nda:l nde:l
- > dan:l den:l tan:l ten:l ndan:l nden:l ın:g in:g un:g ün:g nın:g nin:g nun:g nün:g la:i le:i yla:i yle:i
- > lar:p ler:p ca:f ce:f daki:l deki:l taki:l teki:l dır:f dir:f
"""

AZ = """
- > ı:a i:a u:a ü:a yı:a yi:a nı:a ni:a nu:a nü:a a:d ə:d ya:d yə:d na:d nə:d da:l də:l dan:l dən:l nda:l ndə:l ndan:l ndən:l
- > ın:g in:g un:g ün:g nın:g nin:g nun:g nün:g la:i lə:i yla:i ylə:i lar:p lər:p dakı:l dəki:l
"""

UZ = """
- > ni:a ning:g ga:d ka:d qa:d da:l dan:l lar:p dagi:l gacha:l cha:f
"""

UZ_CYRILLIC = """
- > ни:a нинг:g га:d ка:d қа:d да:l дан:l лар:p
"""

KK = """
- > ның:g нің:g дың:g дің:g тың:g тің:g ға:d ге:d қа:d ке:d на:d не:d а:d е:d ны:a ні:a ды:a ді:a ты:a ті:a н:a
- > да:l де:l та:l те:l нда:l нде:l дан:l ден:l тан:l тен:l нан:l нен:l мен:i бен:i пен:i лар:p лер:p дар:p дер:p
- > дағы:l дегі:l тағы:l тегі:l
"""

DE = """
- > s:g es:g
"""
SCANDINAVIAN = """
- > s:g
"""

RO = """
- > ul:f ului:g lui:g le:v ei:g i:g
a > ei:g ii:g o:v
ia > iei:g
ea > ei:g
u > ul:f ului:g
e > ei:g ele:f elui:g
i > iul:f iului:g
o > oul:f oului:g
"""

SQ = """
- > i:f it:g in:a u:f ut:g un:a ja:f së:g në:a n:a t:g
a > ë:l ës:g ën:a s:g n:a
ë > a:f ës:g ën:a
e > ja:f es:g en:a s:g n:a
i > iu:f iut:g iun:a u:f ut:g un:a
"""

HY = """
- > ի:g ին:d ը:f ն:f ից:l ով:i ում:l իս:f ու:g յի:g յին:d յից:l յով:i այի:g ներ:p ուն:d
ա > այի:g ային:d այից:l այով:i
ի > ու:g ուն:d ուց:l ով:i
"""

KA = """
- > ი:n მა:e ს:d ის:g ით:i ად:f ო:v თან:l ზე:l ში:l სთან:l ისთვის:c ისგან:l იდან:l ისა:g სა:d მ:e თვის:c ც:f
ი > მა:e ს:d ის:g ით:i ად:f ო:v თან:l სთან:l ისთვის:c ისგან:l იდან:l ზე:l ში:l
ა > ამ:e ას:d ის:g ით:i ას:l ასთან:l აში:l აზე:l იდან:l ისთვის:c ისგან:l
ე > ემ:e ეს:d ის:g ესთან:l ეში:l
"""

HI = """
- > ने:e को:d का:g की:g के:g से:i में:l पर:l
"""

MR = """
- > ने:e नी:e ंनी:e ांनी:e ना:d ंना:d ांना:d ला:d चा:g ची:g चे:g च्या:g ंचा:g ंची:g ंचे:g ंच्या:g ांचा:g ांची:g ांचे:g ांच्या:g
- > शी:i ंशी:i त:l ात:l ून:l हून:l वर:l ंवर:l ांवर:l कडे:l ंकडे:l ांकडे:l साठी:c ंसाठी:c ांसाठी:c ातील:l तील:l ाने:e ाला:d ाचा:g ाची:g ाचे:g
- > ाच्या:g ंकडून:l मध्ये:l ामध्ये:l
े > ्यात:l ्यातील:l ्याहून:l ्याला:d ्याचा:g ्याची:g ्याचे:g ्याच्या:g
"""

BN = """
- > র:g এর:g ের:g কে:a তে:l ে:l য়:l য়:l রা:p েরা:p দের:p ও:f ই:f টি:f এর:g য়ের:g তেই:l কেও:a
"""

FA = """
- > ی:z ها:p های:p هایی:p ای:z را:a ان:p هٔ:z یی:z
"""

UR = """
- > نے:e کو:d کا:g کی:g کے:g سے:i میں:l پر:l
"""

EN = """
- > s:p
"""
