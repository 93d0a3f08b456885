"""How Slavic names decline. A line is a paradigm: endings of the base form, then each that takes their place, with its case.

`-` stands for no ending; g genitive, d dative, a accusative, i instrumental, l locative, v vocative, p a plural, s a possessive,
f with the article. Source: the school grammars; checked against the labelled articles of benchmarks.mentions.
"""

RU = """
- > а:ga у:d ом:i ем:i е:l ым:i ы:p и:p ов:p ам:p ами:p ах:p
й > я:ga ю:d ем:i ём:i е:l и:p ев:p ям:p
ий ый ой > ого:ga его:ga ому:d ему:d ым:i им:i ом:l ем:l ого:ga ие:p ых:p
ий > ия:ga ию:d ием:i ии:l
ел ёл > ла:ga лу:d лом:i ле:l
ец > ца:ga цу:d цем:i цом:i це:l цы:p цев:p
ь > я:ga ю:d ем:i ём:i е:l и:gdl ью:i ей:p ям:p
а > ы:g и:g е:dl у:a ой:i ою:i ей:i
ва на > вой:gdil ной:gdil ву:a ну:a
я > и:gdl е:dl ю:a ей:i ёй:i ею:i
ая > ой:gdil ей:gdil ую:a ою:i
яя > ей:gdil юю:a
о > а:g у:d ом:i е:l
е > я:g ю:d ем:i и:l
ое > ого:g ому:d ым:i им:i ом:l
ее > его:g ему:d им:i ем:l
ы > ов:g ам:d ами:i ах:l
и > ей:g ов:g ам:d ям:d ами:i ями:i ах:l ях:l
ые ие > ых:gl их:gl ым:d им:d ыми:i ими:i
"""

UK = """
- > а:ga у:gdl ові:d еві:d ом:i ем:i і:l е:lv и:p ів:p ам:p ами:p ах:p им:i
й > я:ga ю:gdl єві:d єм:i ї:l ю:l
ий > ого:ga ому:dl им:i ім:l
ій > ія:ga ію:d ієм:i ієві:d ії:l ього:ga
ець > ця:ga цю:d цем:i цеві:d ці:l
ь > я:ga ю:gdl еві:d ем:i і:l ю:i
ів > ова:ga ову:d овом:i овим:i ові:l ева:g еву:d евом:i еві:l
їв > єва:g єву:d євом:i єві:l
а > и:g і:dl у:a ою:i ею:i о:v
я > і:gdl ї:gdl ю:a ею:i єю:i
ва на > вої:g вій:dl ву:a вою:i ної:g ній:dl ну:a ною:i
ка > ці:dl
га > зі:dl
ха > сі:dl
о > а:g у:dl ом:i і:l ові:d
е > я:g ю:d ем:i і:l
не ве ке > ого:g ому:d им:i
ні ві кі > их:g им:d ими:i
и > ів:g ам:d ами:i ах:l
і > їв:g ям:d ями:i ях:l ей:g
"""

BE = """
- > а:ga у:gd ам:i ом:i ым:i е:l ы:p аў:p
й > я:ga ю:d ем:i і:l
аў > ава:ga аву:d авым:i аве:l
еў > ева:ga еву:d евым:i еве:l
эц ец > ца:ga цу:d цом:i цам:i цы:l
скі > скага:ga скаму:d скім:il
цкі > цкага:ga цкаму:d цкім:il
ы > ага:ga аму:d ым:il
ь > я:ga ю:d ем:i і:l ю:i
а > ы:g е:dl у:a ай:i аю:i
ва на > вай:gdil най:gdil ву:a ну:a
я > і:gdl ю:a яй:i яю:i
ая > ай:gdil ую:a аю:i
ка > кі:g цы:dl ку:ad кам:i кай:i
га > гі:g зе:dl
ха > хі:g се:dl
о > а:g у:d ом:i е:l
"""

BG = """
- > а:f ът:f я:f ят:f е:v о:v и:p ите:p
а > та:f о:v и:p ите:p
я > та:f ьо:v и:p
о > то:f
е > то:f
и > те:f
ски > ския:f ският:f ско:f ска:f
ен > ния:f ният:f
ия > ията:f
й > я:f ят:f
"""

MK = """
- > от:f ов:f он:f е:v и:p ите:p
а > та:f о:v и:p
о > то:f
и > те:f
"""

PL = """
- > a:ga u:gdl owi:d em:i iem:i ie:l e:l y:p i:p ów:p om:p ami:p ach:p owie:p zie:l rze:l ze:l
t > cie:l
st > ście:l
ł > le:l
ek > ka:ga kowi:d kiem:i ku:gl
eł > ła:ga łowi:d łem:i le:l
el > la:ga lowi:d lem:i lu:l
ec > ca:ga cowi:d cem:i cu:l
er > ra:ga rowi:d rem:i rze:l
ki > kiego:ga kiemu:d kim:il kich:p
y > ego:ga emu:d ym:il ych:p ymi:p ów:p om:p ami:p ach:p
i > iego:ga iemu:d im:il ego:ga emu:d m:il ich:p ów:p om:p ami:p ach:p
a > y:g i:g ę:a ą:i ie:dl o:v e:dl
ja > ji:gdl ję:a ją:i jo:v i:gdl
ia > ii:gdl i:gdl ię:a ią:i
ka > ki:g ce:dl kę:a ką:i ko:v
ga > gi:g dze:dl gę:a gą:i
ha > hy:g sze:dl hę:a
ta > ty:g cie:dl
da > dy:g dzie:dl
ra > ry:g rze:dl
ła > ły:g le:dl
ska cka dzka > skiej:gdl ckiej:gdl dzkiej:gdl ską:ai cką:ai dzką:ai
na wa ła ra ta > nej:gdl wej:gdl łej:gdl rej:gdl tej:gdl ną:ai wą:ai
o > a:g u:dl em:i ie:l y:g i:g ę:a ą:i e:l owi:d
ko > ki:g ce:dl kę:a ką:i ka:g ku:dl kiem:i
e > ego:ga emu:d ym:il em:i
ie > iego:g iemu:d im:il ia:g iu:dl iem:i
ne we > nego:g nemu:d nym:il wego:g wemu:d wym:il nych:p wych:p
"""

CS = """
- > a:ga e:ga ovi:dl u:dgl em:i om:i y:p i:lp ů:p ům:p ech:p ích:p ové:p em:i ě:l e:lv
- > ův:s ova:s ovy:s ovo:s ově:s ovu:s ových:s ovým:s ovou:s ovi:s
ek > ka:ga kovi:dl ku:dlg kem:i ku:v kův:s kova:s kovy:s kovo:s kově:s
ec > ce:ga covi:dl ci:l cem:i če:v cův:s
el > la:ga lovi:dl lem:i
er > ra:ga rovi:dl rem:i
ý > ého:ga ému:d ým:i ém:l ých:p ými:p
í > ího:ga ímu:d ím:il ích:p ími:p
a > y:g i:g ě:dl e:dl u:a ou:i ovi:dl o:v ů:p
ka > ce:dl
ha ga > ze:dl
cha > še:dl
ra > ře:dl
ta > tě:dl
á > é:gdl ou:ai
ova ová > ové:gdl ovou:ai
o > a:g u:dal em:i ě:l e:l
e > i:dal í:i ete:g
ie > ii:dal ií:i
ce > ci:dal cí:i
é > ého:g ému:d ým:i ém:l ých:p
y > ů:g ům:d ách:l ami:i
um > a:g u:dl em:i
us > a:ga ovi:d em:i u:dl
ia > ii:dl ie:g ii:a ií:i iu:a iou:i
"""

SK = """
- > a:ga ovi:dl u:dgl om:i e:l i:l y:p ov:p mi:p och:p ami:p ého:g
- > ov:s ova:s ovo:s ove:s ovej:s ovu:s ových:s
ek ok > ka:ga kovi:dl kom:i ku:dl
ec > ca:ga covi:dl com:i
ý > ého:ga ému:d ým:i om:l ých:p
a > y:g e:dl u:a ou:i ovi:d i:dl
á > ej:gdl ú:a ou:i
ova ová > ovej:gdl ovú:a ovou:i
ia > ie:g ii:dl iu:a iou:i
ka > ke:dl
o > a:g u:d om:i e:l
e > a:g u:d i:l om:i
ie > ia:g iu:d im:i í:l
er > ra:ga rovi:d rom:i ri:l
i > iho:ga imu:d im:il
"""

SL = """
- > a:ga u:dl om:i em:i i:p ov:p e:p ih:p ega:ga emu:d
- > ov:s ova:s ovo:s ovi:s ove:s ovega:s ovem:s ev:s eva:s evo:s
ek > ka:ga ku:dl kom:i
ec > ca:ga cu:dl cem:i
er > ra:ga ru:d rom:i rja:ga rju:d rjem:i
a > e:g i:dl o:ai in:s
ski ški > skega:ga skemu:d skim:i skem:l škega:ga škemu:d
ska ška > ske:g ski:dl sko:ai
o > a:g u:d om:i
e > a:g u:d em:i
"""

HR = """
- > a:ga u:dl om:i em:i e:v i:p ima:p ovi:p
- > ov:s ova:s ovo:s ove:s ovi:s ovu:s ovom:s ovog:s ev:s eva:s evo:s eve:s
ac > ca:ga cu:dl cem:i če:v
ar > ra:ga ru:dl rom:i
a > e:g i:dl u:a om:i o:v
ka > ci:dl
ga > zi:dl
ski ški čki > skog:ga skoga:ga skom:dl skome:dl skim:i škog:ga škom:dl čkog:ga čkom:dl
ska ška > ske:g skoj:dl sku:a skom:i
o > a:g u:dl om:i
e > a:g u:dl em:i
ij > ija:ga iju:dl ijem:i
ija > ije:g iji:dl iju:a ijom:i
"""

SR_CYRILLIC = """
- > а:ga у:dl ом:i ем:i е:v и:p има:p ови:p
- > ов:s ова:s ово:s ове:s ови:s ову:s овом:s овог:s ев:s ева:s ево:s
ар > ра:ga ру:dl ром:i
ац > ца:ga цу:dl цем:i
а > е:g и:dl у:a ом:i о:v
ка > ци:dl
га > зи:dl
ски шки чки > ског:ga скога:ga ском:dl ским:i шког:ga шком:dl
ска шка > ске:g ској:dl ску:a ском:i
о > а:g у:dl ом:i
е > а:g у:dl ем:i
ија > ије:g ији:dl ију:a ијом:i
"""
