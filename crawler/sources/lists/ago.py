"""What says how long ago something was: "3 hours ago", "il y a 2 jours"; `crawler.sources.lists.dates` reads it. Pure."""

from __future__ import annotations

import re

LONGEST_AGO = 40
AGO = re.compile(
    r"(?:\d{1,3}|an?|une?|un[oa]?|eine?[rnm]?)\s*\+?\s*(?:s|m|h|d|w|sec|min|hr|tage?n?|[^\W\d]{3,12})\.?(?:\s+\w+)?\s+(?:ago|fa|atrás|önce|"
    r"temu|назад|тому|siden|sitten|geleden|πριν|पहले|trước|lalu|kemarin)\b"
    r"|\b(?:il y a|hace|há|vor|před|acum|pred|преди|πριν)"
    r"\s+(?:\d+|quelques|un[eoa]?s?|um[as]?|ein\w*|wenigen|o|câteva|jedn\w+|една?|μία|ένα)(?:\s+\S+){1,2}$"
    r"|^(?:před|pred|преди)\s+(?:hodin|minut|chvíl|urou|час|минут)\S*$|^(?:för|for)\s+\S+(?:\s+\S+)?\s+(?:sedan|siden)$"
    r"|^(?:לפני|منذ|قبل)\s+\S+(?:\s+\S+){0,2}$|\b(?:לפני|منذ|قبل)\s+\d+(?:\s+\S+){1,2}$"
    r"|^\d{1,3}\s*(?:s|m|min|h|hrs?|d)$"
    r"|\d+\s*(?:分|小时|小時|時間|日|天|秒|週|个月|か月)前|\d+\s*(?:분|시간|일|주|개월)\s*전"
    r"|^(?:today|yesterday|just now|hier|aujourd['’]hui|ayer|hoy|gestern|heute|ieri|oggi|ontem|hoje|dün|bugün|вчера|"
    r"сегодня|вчора|сьогодні|wczoraj|dziś|včera|dnes|أمس|اليوم|昨日|今日|昨天|今天|어제|오늘|χθες|σήμερα|אתמול|היום|कल|आज)\b.{0,12}$",
    re.IGNORECASE,
)
