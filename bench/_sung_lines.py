"""Lines to sing in six languages: who, does what, where; each part fits every other one of its language."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator


@dataclass(frozen=True)
class Language:
    """What a language's songs are made of.

    Args:
        voice: espeak-ng's name of it.
        order: of subject (0), doing (1) and place (2) in a line.
    """

    name: str
    voice: str
    subjects: str
    doings: str
    places: str
    order: tuple[int, int, int] = (0, 1, 2)

    @property
    def parts(self) -> list[list[str]]:
        """The three lists of phrases, in the order in which they are sung."""
        lists = [[phrase.strip() for phrase in text.split(",")] for text in (self.subjects, self.doings, self.places)]
        return [lists[i] for i in self.order]


LANGUAGES = (
    Language(
        "German",
        "de",
        "der Mond, die Nacht, mein Herz, das alte Haus, ein kleiner Vogel, der warme Regen, die leise Stimme, "
        "unser Boot, der Wind, jeder Stern, das Mädchen, der Morgen",
        "singt leise, wartet lange, tanzt allein, träumt noch, kommt zurück, schläft nicht mehr, sucht den Weg, "
        "vergisst die Zeit, leuchtet hell, fragt nach dir, bleibt bei mir, ruft meinen Namen",
        "über dem Fluss, hinter den Bergen, in der Stadt, bis zum Winter, unter den Bäumen, am Ende der Straße, "
        "ohne ein Wort, vor meinem Fenster, neben der Brücke, wie im Sommer, durch den Nebel, auf dem Meer",
    ),
    Language(
        "Spanish",
        "es",
        "la luna, mi corazón, el viento, la noche, un pájaro, la lluvia, tu voz, el camino, la ciudad, aquel barco, "
        "cada estrella, la mañana",
        "canta despacio, espera mucho, baila otra vez, sueña todavía, vuelve a casa, no duerme más, busca la luz, "
        "olvida el tiempo, brilla de lejos, pregunta por ti, se queda conmigo, repite mi nombre",
        "sobre el río, detrás de la montaña, en el jardín, hasta el invierno, bajo los árboles, al final de la calle, "
        "sin una palabra, junto a la ventana, cerca del puente, como en verano, entre la niebla, frente al mar",
    ),
    Language(
        "French",
        "fr",
        "la lune, mon cœur, le vent, la nuit, un oiseau, la pluie, ta voix, le chemin, la ville, ce bateau, "
        "chaque étoile, le matin",
        "chante tout bas, attend longtemps, danse encore, rêve toujours, revient ici, ne dort jamais, "
        "cherche la lumière, oublie le temps, brille de loin, demande après toi, reste avec moi, répète mon nom",
        "sur la rivière, derrière les montagnes, dans le jardin, jusqu'à l'hiver, sous les arbres, au bout de la rue, "
        "sans un mot, près de la fenêtre, à côté du pont, comme en été, dans le brouillard, devant la mer",
    ),
    Language(
        "Polish",
        "pl",
        "księżyc, moje serce, cichy wiatr, ta noc, mały ptak, ciepły deszcz, twój głos, stara droga, nasze miasto, "
        "biała łódź, każda gwiazda, nowy dzień",
        "śpiewa cicho, czeka długo, tańczy znowu, ciągle marzy, wraca do domu, już nie śpi, szuka światła, gubi czas, "
        "świeci z daleka, pyta o ciebie, zostaje ze mną, woła moje imię",
        "nad rzeką, za górami, w ogrodzie, aż do zimy, pod drzewami, na końcu ulicy, bez jednego słowa, "
        "przy moim oknie, obok mostu, tak jak latem, we mgle, na brzegu morza",
    ),
    Language(
        "Finnish",
        "fi",
        "kuu, sydämeni, hiljainen tuuli, tämä yö, pieni lintu, lämmin sade, äänesi, vanha tie, kaupunkimme, "
        "valkoinen vene, jokainen tähti, uusi aamu",
        "laulaa hiljaa, odottaa kauan, tanssii taas, uneksii yhä, palaa kotiin, ei enää nuku, etsii valoa, "
        "unohtaa ajan, loistaa kaukana, kysyy sinua, jää luokseni, kutsuu nimeäni",
        "joen yllä, vuorten takana, puutarhassa, talveen asti, puiden alla, kadun päässä, ilman sanoja, "
        "ikkunan luona, sillan vieressä, niin kuin kesällä, sumun läpi, meren rannalla",
    ),
    Language(
        "Turkish",
        "tr",
        "ay, kalbim, sessiz rüzgâr, bu gece, küçük kuş, ılık yağmur, senin sesin, eski yol, bizim şehir, beyaz gemi, "
        "her yıldız, yeni sabah",
        "yavaşça şarkı söyler, uzun uzun bekler, yine dans eder, hâlâ düş görür, eve geri döner, artık uyumaz, "
        "ışığı arar, zamanı unutur, uzaktan parlar, seni sorar, benimle kalır, adımı çağırır",
        "nehrin üstünde, dağların ardında, bahçede, kışa kadar, ağaçların altında, sokağın sonunda, tek söz etmeden, "
        "pencerenin yanında, köprünün dibinde, yazın olduğu gibi, sisin içinde, denizin kıyısında",
        order=(0, 2, 1),
    ),
)


def write_line(language: Language, rng: Generator) -> list[str]:
    """The words of one line, drawn from what all songs of the language share."""
    return " ".join(str(rng.choice(part)) for part in language.parts).split()
