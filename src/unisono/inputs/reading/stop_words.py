"""Stop words: the function words of a language (articles, pronouns, auxiliaries, prepositions), our own lists."""

from __future__ import annotations

from unisono.errors import ExperimentError, nearest

_ENGLISH = """
a an the this that these those i me my mine myself we us our ours ourselves you your yours yourself yourselves he
him his himself she her hers herself it its itself they them their theirs themselves one oneself who whom whose
which what whatever whoever whichever am is are was were be been being have has had having do does did doing done
will would shall should can could may might must ought ain't aren't can't couldn't didn't doesn't don't hadn't
hasn't haven't isn't mightn't mustn't needn't shan't shouldn't wasn't weren't won't wouldn't cannot i'm i've i'll
i'd you're you've you'll you'd he's he'll he'd she's she'll she'd it's it'll it'd we're we've we'll we'd they're
they've they'll they'd that's that'll that'd there's there'll there'd who's who'll who'd what's what'll where's
when's why's how's here's let's y'all 'cause 'til and but or nor so yet if then else than because while as until
till unless although though whether since of at by for with about against between into through during before after
above below to from up down in out on off over under upon onto toward towards among around across along behind
beside beyond near within without again further once here there when where why how all any both each few more most
other another some such no not only own same too very just even ever also
"""
_GERMAN = """
der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner ich mich mir du dich dir er
ihn ihm sie ihr es wir uns euch ihnen man sich mein meine meinen meinem meiner dein deine deinen deinem deiner sein
seine seinen seinem seiner unser unsere unseren euer eure euren ihre ihren ihrem ihrer dieser diese dieses diesen
diesem jener jene jenes jeder jede jedes jeden jedem wer wen wem was welche welcher welches bin bist ist sind seid
war warst waren wart gewesen habe hab hast hat haben habt hatte hattest hatten werde wirst wird werden werdet wurde
wurden worden kann kannst können könnt konnte konnten muss musst müssen musste soll sollst sollen sollte will willst
wollen wollte darf darfst dürfen mag magst mögen und oder aber denn sondern doch als wie wenn weil dass ob damit
obwohl bevor nachdem während bis in im ins an am ans auf aus bei beim mit nach seit von vom zu zum zur für durch
gegen ohne um über unter vor hinter neben zwischen nicht nur auch noch schon so da dann hier dort nun mal ja nein
sehr mehr
"""
_FRENCH = """
le la les l un une des du de d au aux je j me m moi tu te t toi il elle on nous vous ils elles se s lui leur leurs
eux y en mon ma mes ton ta tes son sa ses notre nos votre vos ce c cet cette ces cela ça ceci qui que qu quoi dont
où quel quelle quels quelles suis es est sommes êtes sont étais était étions étiez étaient été serai seras sera
serons serez seront ai as a avons avez ont avais avait avions aviez avaient eu aurai auras aura aurons aurez auront
fais fait et ou mais donc or ni car si comme quand lorsque puisque parce à dans par pour sur sous avec sans chez
vers entre contre depuis pendant avant après ne n pas plus non oui aussi très tout toute tous toutes même
"""
_SPANISH = """
el la los las lo un una unos unas al del yo me mí tú te ti él ella ello nos nosotros nosotras vosotros vosotras os
ellos ellas se sí le les usted ustedes conmigo contigo mi mis tu tus su sus nuestro nuestra nuestros nuestras
vuestro vuestra este esta esto estos estas ese esa eso esos esas aquel aquella aquello aquellos aquellas que qué
quien quién cual cuál cuyo donde dónde cuando cuándo como cómo soy eres es somos sois son era eras éramos eran fui
fue fueron sido ser estoy estás está estamos están estaba estaban estar he has ha hemos han había habían haber hay y
e o u pero sino ni si porque pues aunque mientras a ante bajo con contra de desde durante en entre hacia hasta para
por según sin sobre tras no ya muy más menos también tan todo toda todos todas
"""
_ITALIAN = """
il lo la i gli le l un uno una del dello della dei degli delle al allo alla ai agli alle dal dallo dalla dai dagli
dalle nel nello nella nei negli nelle sul sullo sulla sui sugli sulle io me mi tu te ti lui lei noi ci voi vi loro
si sé ne mio mia miei mie tuo tua tuoi tue suo sua suoi sue nostro nostra nostri nostre vostro vostra vostri vostre
questo questa questi queste quello quella quelli quelle che chi cui quale quali sono sei è siamo siete ero eri era
eravamo erano stato stata essere ho hai ha abbiamo avete hanno avevo aveva avevano avere e ed o ma però né se perché
come quando mentre a ad di d da in con su per tra fra senza sotto sopra verso non più già anche molto così tutto
tutta tutti tutte
"""
_PORTUGUESE = """
o a os as um uma uns umas do da dos das no na nos nas ao à aos às pelo pela pelos pelas num numa eu me mim tu te ti
você vocês ele ela eles elas nós vós se si lhe lhes comigo contigo meu minha meus minhas teu tua teus tuas seu sua
seus suas nosso nossa nossos nossas este esta isto estes estas esse essa isso esses essas aquele aquela aquilo
aqueles aquelas que quem qual quais cujo onde quando como sou és é somos são era eram fui foi foram sido ser estou
está estamos estão estava estavam estar tenho tem temos têm tinha tinham ter há e ou mas nem se porque pois embora
enquanto de em com contra desde entre para por sem sobre até após não já muito mais menos também tão todo toda todos
todas
"""
_LISTS = {
    "en": _ENGLISH, "de": _GERMAN, "fr": _FRENCH, "es": _SPANISH, "it": _ITALIAN, "pt": _PORTUGUESE,
}  # fmt: skip
LANGUAGES = tuple(_LISTS)


def stop_words(language: str) -> tuple[str, ...]:
    """The stop words of a language, lower-case, apostrophes kept.

    Args:
        language: ISO 639-1 code, such as "en".
    Raises: ExperimentError when we have no list for it.
    Example:
        >>> "the" in stop_words("en"), "love" in stop_words("en")
        (True, False)
    """
    if language not in _LISTS:
        raise ExperimentError(
            f'stop words of language "{language}"',
            f"no list, we have {', '.join(LANGUAGES)}",
            nearest(language, LANGUAGES) or 'Give your own: stop_words = ["word", ...].',
        )
    return tuple(dict.fromkeys(_LISTS[language].split()))
