"""The region stage on sentences written for it: the traps of place names, offsets and focus."""

from __future__ import annotations

from dataclasses import fields

import pytest
from omegaconf import OmegaConf

from decided import decided
from pipeline.article import Article
from pipeline.config.schema import construct
from pipeline.core.errors import ConfigError
from pipeline.core.resources import resource
from pipeline.region.lexicon import LexiconRegion
from pipeline.stage import Stage


@pytest.fixture(scope="module")
def stage() -> LexiconRegion:
    built = LexiconRegion()
    built.open()
    return built


def annotate(stage: LexiconRegion, text: str, title: str | None = None) -> Article:
    return decided(stage, [Article(id="a", title=title, text=text)])[0]


def named(article: Article) -> set[str]:
    return {country.alpha2 for country in article.countries}


def focus(article: Article) -> set[str]:
    return {country.alpha2 for country in article.countries if country.focus}


TRAPS = [
    # lower case is no place
    ("they served turkey on fine china while chad told us a story", set()),
    ("Turkey prices rose before the holidays as flocks shrank.", set()),
    ("Turkey recalled its envoy. Turkish officials gave no reason.", {"TR"}),
    ("Polish the brass with a dry cloth.", set()),
    ("The Polish border guard counted 40 lorries.", {"PL"}),
    # short forms
    ("The U.S. embassy and a U.S.-led force stayed.", {"US"}),
    ("A US-China round of talks ended.", {"US", "CN"}),
    ("Exports to the USA and the UK fell.", {"US", "GB"}),
    ("The UAE airline bought fuel.", {"AE"}),
    ("Ministers met in Côte d'Ivoire.", {"CI"}),
    ("Ministers met in Cote d’Ivoire.", {"CI"}),
    ("A trader from the Ivory Coast spoke.", {"CI"}),
    ("Cyclone damage in Burma was severe.", {"MM"}),
    ("Tulip growers in Holland and Dutch bankers disagree.", {"NL"}),
    ("Kyiv and Kiev are two spellings.", {"UA"}),
    # longer names win
    ("Floods in Nigeria cut roads.", {"NG"}),
    ("Floods in Niger cut roads.", {"NE"}),
    ("A Nigerien and a Nigerian boxer met.", {"NE", "NG"}),
    ("A vote in Guinea-Bissau was delayed.", {"GW"}),
    ("A vote in Equatorial Guinea was delayed.", {"GQ"}),
    ("Teachers in Papua New Guinea went unpaid.", {"PG"}),
    ("South Sudan rivals signed.", {"SS"}),
    ("North Korea tested a rocket.", {"KP"}),
    ("South Korean shipyards hired.", {"KR"}),
    ("A dry year in New Mexico emptied the dam.", {"US"}),
    ("Miners in the Democratic Republic of Congo struck.", {"CD"}),
    ("Miners in the Republic of Congo struck.", {"CG"}),
    ("Police in Northern Ireland closed the road.", {"GB"}),
    ("Wards in New South Wales filled up.", {"AU"}),
    ("Voters in American Samoa chose a governor.", {"AS"}),
    ("Prices in Mexico City rose.", {"MX"}),
    # phrases that are no place
    ("Growth slowed across Western Europe and Latin America.", set()),
    ("A cyclone crossed the Indian Ocean.", set()),
    ("Rigs in the Gulf of Mexico were shut.", set()),
    ("An African-American choir sang of Native Americans.", set()),
    ("She ate French fries and Brussels sprouts beside a Guinea pig.", set()),
    ("The Paris Agreement and the Geneva Conventions were cited.", set()),
    ("The West Indies were bowled out.", set()),
    ("He told the New York Times so.", set()),
    ("The Prince of Wales opened a school.", set()),
    ("The price is quoted in U.S. dollars.", set()),
    ("Lessons are held in English only.", set()),
    # institutions
    ("A Columbia University team tested pupils.", {"US"}),
    ("The New England Patriots lost.", {"US"}),
    # people
    ("Michael Jordan scored 40.", set()),
    ("The jury heard Mr. London for an hour.", set()),
    ("Chad Smith hit the drums and Jordan Peterson watched.", set()),
    ("Paris Hilton arrived with Georgia Brown.", set()),
    ("Israel Adesanya and India Knight were there, as was Kenya Moore.", set()),
    ("The winner was Tess Jordan. Later Jordan said she was tired.", set()),
    ("Jordan, 23, levelled near the end.", set()),
    ("Samuel L. Jackson met J. Holland.", set()),
    ("King Abdullah of Jordan received him.", {"JO"}),
    ("Jordan's king received him.", {"JO"}),
    ("Kenya Airways cut flights.", {"KE"}),
    ("Chad President Idriss Deby flew home.", {"TD"}),
    ("Troops in Israel Sunday closed the road.", {"IL"}),
    # one name, two places
    ("Georgia growers met in Atlanta.", {"US"}),
    ("FORT VALLEY, Georgia - Orchard crews burned brush.", {"US"}),
    ("Georgia and Armenia opened a bridge near Tbilisi.", {"GE", "AM"}),
    ("The Georgian parliament sat. Georgia will vote in May.", {"GE"}),
    ("A diner in Paris, Texas, closed.", {"US"}),
    ("A bakery in London, Ontario, closed.", {"CA"}),
    ("A mill in Birmingham, Alabama, closed.", {"US"}),
    ("A mill in Birmingham closed, the BBC said.", {"GB"}),
    ("A judge in Jackson, Miss., agreed.", {"US"}),
    ("Miss. Or was it Mrs?", set()),
    ("Traders in Hyderabad and Karachi agreed.", {"PK"}),
    ("Traders in Hyderabad and Mumbai agreed.", {"IN"}),
    ("Colombia and its coffee growers agreed.", {"CO"}),
    ("A fire in Columbia, South Carolina, spread.", {"US"}),
    ("The District of Columbia taxes soda.", {"US"}),
    ("Ferries in British Columbia were late.", {"CA"}),
    ("Lawmakers in Albany, New York, adjourned.", {"US"}),
    ("Lawmakers in Tirana said Albania would vote.", {"AL"}),
    ("Farmers in Northern Ireland and the Republic of Ireland trade milk.", {"GB", "IE"}),
    ("The Irish cabinet met; Ireland will borrow.", {"IE"}),
    ("North Macedonia and Greece opened a crossing.", {"MK", "GR"}),
    ("Macedonia changed its name; Macedonian deputies voted.", {"MK"}),
    ("Students in Cambridge, Massachusetts, rowed.", {"US"}),
    ("Students in Cambridge, England, rowed.", {"GB"}),
    ("The University of Cambridge hired a dean.", {"GB"}),
    ("A mill in Birmingham, Alabama and one in Birmingham, England, closed.", {"US", "GB"}),
    ("Bushfires crossed Victoria, officials in Melbourne said.", {"AU"}),
    ("The ferry to Victoria, British Columbia, was late.", {"CA"}),
    ("Orchards in Washington state froze.", {"US"}),
    ("Talks in Washington, D.C., went on.", {"US"}),
    ("Washington warned Tehran again.", {"US", "IR"}),
    ("South Korea and North Korea reopened a line.", {"KR", "KP"}),
    ("Prices rose in Papua New Guinea, Guinea and Equatorial Guinea.", {"PG", "GN", "GQ"}),
    ("Congo's army said Kinshasa was calm.", {"CD"}),
    ("Congo's army said Brazzaville was calm.", {"CG"}),
    ("She flew to Georgia, the former Soviet republic.", {"GE"}),
    ("The Indian Ocean island of Mauritius voted.", {"MU"}),
    ("Give us the keys and tell US officials.", {"US"}),
    # more people and phrases
    ("Queen Victoria kept a diary.", set()),
    ("Victoria Beckham opened a shop.", set()),
    ("George Washington crossed the river and Denzel Washington starred.", set()),
    ("Washington Sundar bowled well in Chennai.", {"IN"}),
    ("Factories across Eastern Europe closed.", set()),
    ("European ministers met; Europeans want cheaper trains.", set()),
    ("Swedish meatballs and Danish pastry were served.", set()),
    ("Columbia Pictures sued a rival.", set()),
    ("Deutsche Bank cut jobs.", {"DE"}),
    # towns: beside "in", a dateline or another place of the country, and never in a name
    ("Thousands marched in Stavanger and in Wrexham.", {"NO", "GB"}),
    ("Lara Wrexham joined Llanelli Foods.", set()),
    ("Sen. Mark Scranton lost.", set()),
    ("A pier that Worthing lost in a storm.", set()),
    ("A pier that Worthing lost in a storm, British papers said.", {"GB"}),
    ("MALAKAL (Agency) - Nurses went unpaid.", {"SS"}),
    # metonyms
    ("Downing Street and the Quai d'Orsay kept silent.", {"GB", "FR"}),
    ("The Bundestag passed it as Wall Street fell after the Fed spoke.", {"DE", "US"}),
    ("The Kremlin answered the White House and Downing Street.", {"RU", "US", "GB"}),
    # inside other words
    ("A Roman woman and a Germanic tribe; Omanic, Chinatown, @China.", set()),
]


@pytest.mark.parametrize(("text", "expected"), TRAPS, ids=[text[:40] for text, _ in TRAPS])
def test_traps(stage: LexiconRegion, text: str, expected: set[str]) -> None:
    assert named(annotate(stage, text)) == expected


HEADLINES = [
    ("TURKEY AND GREECE AGREE ON FERRY ROUTE", {"TR", "GR"}),
    ("SOUTH KOREA OPENS LONGEST TUNNEL", {"KR"}),
    ("US SENATE PASSES BUDGET", {"US"}),
    ("WHAT THE STORM TAUGHT US ABOUT DAMS", set()),
    ("Israel Strikes Deal With Kenya Over Water", {"IL", "KE"}),
    ("Turkey Roasting Times Explained", set()),
    ("Michael Jordan Sells House", set()),
    ("Kenya’s tea pickers walk out", {"KE"}),
]


@pytest.mark.parametrize(("title", "expected"), HEADLINES)
def test_headlines(stage: LexiconRegion, title: str, expected: set[str]) -> None:
    article = annotate(stage, "", title)
    assert named(article) == expected
    for country in article.countries:
        for evidence in country.evidence:
            assert evidence.in_title
            assert title[evidence.start : evidence.end] == evidence.text


def test_us_in_capitals_is_the_country_when_the_text_names_it(stage: LexiconRegion) -> None:
    title = "EXPORTS TO US FALL"
    assert "US" in named(annotate(stage, "Shipments to the United States fell.", title))
    assert "US" not in named(annotate(stage, "Shipments to Japan fell.", title))


def test_offsets_index_title_and_text(stage: LexiconRegion) -> None:
    title = "Kenya's growers look to Poland"
    text = "😀 Ñandú herders in Kenya’s north, and Kenyans in Nairobi; São Paulo, WARSAW."
    article = annotate(stage, text, title)
    evidence = [item for country in article.countries for item in country.evidence]
    assert {item.text for item in evidence} >= {
        "Kenya",
        "Kenyans",
        "Nairobi",
        "São Paulo",
        "WARSAW",
    }
    for item in evidence:
        assert (title if item.in_title else text)[item.start : item.end] == item.text


STORY = (
    "NAIROBI, Kenya (Agency) - Flower farms around Lake Naivasha sent home a third of their "
    "pickers on Monday after two weeks without rain. Kenyan growers sell mostly to the "
    "Netherlands. The government in Nairobi promised loans, and Kenya's central bank cut its rate."
)


def test_focus_is_what_the_article_is_about(stage: LexiconRegion) -> None:
    article = annotate(stage, STORY, "Kenya's flower farms wilt")
    assert [country.alpha2 for country in article.countries] == ["KE", "NL"]
    assert focus(article) == {"KE"}
    assert (article.region, article.region_name) == ("202", "Sub-Saharan Africa")
    assert [(region.code, region.level) for region in article.regions] == [
        ("001", "world"),
        ("002", "region"),
        ("202", "sub-region"),
    ]


def test_two_focus_countries_roll_up_to_their_common_regions(stage: LexiconRegion) -> None:
    text = "Armenia and Azerbaijan opened a road. Armenian and Azerbaijani drivers used it."
    article = annotate(stage, text)
    assert focus(article) == {"AM", "AZ"}
    assert article.region == "145"
    sub = article.regions[-1]
    assert sub.score == pytest.approx(sum(country.score for country in article.countries))


def test_dateline_weighs_less_than_the_body(stage: LexiconRegion) -> None:
    text = "WASHINGTON, May 3 (Agency) - The World Bank will lend Nepal money for power lines."
    article = annotate(stage, text)
    assert focus(article) == {"NP"}
    assert article.region == "034"


def test_scores_are_rounded_shares_in_order(stage: LexiconRegion) -> None:
    article = annotate(stage, STORY + " France, Spain, Peru and Japan were not concerned.")
    scores = [country.score for country in article.countries]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 and round(score, 4) == score for score in scores)
    assert sum(scores) < 1


def test_no_region_without_a_sub_region_that_holds_enough(stage: LexiconRegion) -> None:
    text = "Delegates from Kenya, Peru, Japan, France, Fiji, Egypt, India and Canada met online."
    article = annotate(stage, text)
    assert len(article.countries) == 8
    assert (article.region, article.region_name, article.region_score) == (None, None, None)


@pytest.mark.parametrize("title", [None, "", "Quiet day at the office"])
def test_nothing_named(stage: LexiconRegion, title: str | None) -> None:
    article = annotate(stage, "", title)
    assert article.countries == () and article.regions == ()
    assert article.region is None and article.region_score is None


def test_evidence_is_capped_and_mentions_count_all(stage: LexiconRegion) -> None:
    country = annotate(stage, "Peru. " * 50).countries[0]
    assert (country.mentions, len(country.evidence)) == (50, stage.max_evidence)


def test_articles_keep_their_order_and_other_fields(stage: LexiconRegion) -> None:
    given = [
        Article(id=str(n), text=f"News from {name}.") for n, name in enumerate(("Peru", "", "Fiji"))
    ]
    out = decided(stage, given)
    assert [article.id for article in out] == ["0", "1", "2"]
    assert [named(article) for article in out] == [{"PE"}, set(), {"FJ"}]
    assert given[0].countries == ()


def test_a_megabyte_has_the_focus_of_its_story(stage: LexiconRegion) -> None:
    text = (STORY + "\n") * (1_000_000 // len(STORY))
    assert focus(annotate(stage, text)) == {"KE"}


BAD_INPUT = [
    ("", None),
    ("", "Kenya"),
    ("\ufeff \u200b\n\t", ""),
    ("🇰🇪😀 \u200d\ufe0f" * 50, "🌍"),
    ("قالت وزارة Kenya في Nairobi", None),
    ("<p>Floods in <b>Kenya</b>&nbsp;<a href='https://peru.example/Peru'>more</a></p>", None),
    ("KENYA " * 1000, "KENYA"),
    ("a" * 100_000, None),
]


@pytest.mark.parametrize(("text", "title"), BAD_INPUT)
def test_bad_input_is_labelled_or_left_alone(
    stage: LexiconRegion, text: str, title: str | None
) -> None:
    article = annotate(stage, text, title)
    assert named(article) <= {"KE", "PE"}
    assert ("KE" in named(article)) == ("kenya" in f"{title}{text}".lower())
    for country in article.countries:
        for found in country.evidence:
            source = title if found.in_title else text
            assert source is not None and source[found.start : found.end] == found.text


def test_stage_contract() -> None:
    stage = LexiconRegion()
    assert isinstance(stage, Stage) and not stage.needs_vector
    assert {"stage", "taxonomy", "sha256:places.csv"} <= set(stage.identity())


def test_headline_style_is_told_by_its_long_words(stage: LexiconRegion) -> None:
    title = "Cuba Reaffirms Anti-Drug Pact as Tensions Rise in the Region"
    assert focus(annotate(stage, "", title)) == {"CU"}


def test_a_weight_out_of_range_names_the_key() -> None:
    with pytest.raises(ConfigError, match=r"region\.focus_ratio"):
        construct(LexiconRegion, {"focus_ratio": 2.0}, "region")


def test_the_config_states_every_parameter_at_its_default() -> None:
    config = OmegaConf.to_container(OmegaConf.load(resource("configs") / "region" / "lexicon.yaml"))
    assert isinstance(config, dict)
    del config["_target_"]
    assert config == {field.name: field.default for field in fields(LexiconRegion)}
