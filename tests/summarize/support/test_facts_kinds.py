"""The check of names by kind: what an exchanged name, number, unit or date is listed as, and which
other forms of what the article says pass."""

from __future__ import annotations

import pytest

from pipeline.summarize.support.facts import Known, facts
from pipeline.text.numbers import roman


def missing(article: str, sentence: str) -> list[str]:
    known = Known([article])
    return [fact.text for fact in facts(sentence) if known.missing(fact)]


@pytest.mark.parametrize(
    ("article", "sentence", "lacks"),
    [
        # initials that spell a word of the article
        ("He is on the board of a bank.", "The bank is led by Ower Nioko.", ["Ower Nioko"]),
        ("It was so, and it is to stay.", "It was Ivan Turov who stayed.", ["Ivan Turov"]),
        ("He came to us at noon.", "At noon Ursula Sandberg came.", ["Ursula Sandberg"]),
        ("We am here, he said. He may be.", "A man called Anna Melnik spoke.", ["Anna Melnik"]),
        ("The US and the EU met.", "They met Ursula Sandberg.", ["Ursula Sandberg"]),
        ("The US and the EU met.", "They met Emil Urbach.", ["Emil Urbach"]),
        ("Elon Urban spoke.", "It was the EU that spoke.", ["EU"]),
        ("Bob Barker Carr met her.", "She told the CIA.", ["CIA"]),
        # names
        ("Police said so.", "Johnson said so.", ["Johnson"]),
        ("He said that it may march on.", "He came in May or March.", ["May", "March"]),
        ("He sat in the sun.", "He came on Saturday and Sunday.", ["Saturday", "Sunday"]),
        ("Michael Gove met Jeremy Corbyn.", "It was Michael Corbyn.", ["Michael Corbyn"]),
        ("The Smiths moved.", "The Millers moved away.", ["Millers"]),
        ("Shaun O’Neill spoke.", "It was Shaun O'Neal who spoke.", ["Shaun O'Neal"]),
        ("Daphne van der Berg won.", "It was Daphne van der Meer.", ["Daphne van der Meer"]),
        ("Kemal Erdoğan won.", "It was Kemal Erdem who won.", ["Kemal Erdem"]),
        ("The turkey was cooked.", "It was cooked in Turkey.", ["Turkey"]),
        ("England lost.", "It was Scotland that lost.", ["Scotland"]),
        ("The UK left.", "It was Wales that left.", ["Wales"]),
        ("Anne-Marie Duval won.", "It was Anne-Sophie Duval.", ["Anne Sophie Duval"]),
        ("It fell in World War II.", "It fell in World War I.", ["World War I"]),
        ("Pope John Paul II spoke.", "It was John Paul III who spoke.", ["John Paul III"]),
        # units and currencies
        ("It is 5 km long.", "It is 5 miles long.", ["5 miles"]),
        ("He weighs 90 kg.", "He weighs 90 pounds.", ["90 pounds"]),
        ("It rose by 3 per cent.", "It rose by 3 percentage points.", ["3 percentage points"]),
        ("It rose by 3 points.", "It rose by 3%.", ["3%"]),
        ("It cost $40.", "It cost £40.", ["£40"]),
        ("It cost 40 euros.", "It cost 40 dollars.", ["40 dollars"]),
        ("It cost US$40.", "It cost A$40.", ["A$40"]),
        ("It cost 7 million euros.", "It cost 7 billion euros.", ["7 billion"]),
        ("It was 30C.", "It was 30 degrees Fahrenheit.", ["30 degrees Fahrenheit"]),
        ("He waited 3 weeks.", "He waited three months.", ["three months"]),
        ("The car did 90 mph.", "The car did 90 km/h.", ["90 km/h"]),
        # dates and times
        ("It was on 3 March, and 13 came.", "It was on March 13.", ["March 13"]),
        ("On 4 May 30 people came.", "They came on 30 May.", ["30 May"]),
        ("It was in 2019.", "It was in 2020.", ["2020"]),
        ("It was on Monday.", "It was on Tuesday.", ["Tuesday"]),
        ("It was the 21st day.", "It was the 22nd day.", ["22 nd"]),
        ("It opens at 9 a.m.", "It opens at 9pm.", ["9pm"]),
        ("It opens at 8:45.", "It opens at 8:15.", ["15"]),
        ("It opens at 8:45 and closes at 9:15.", "It opens at 8:15.", ["8:15"]),
        # numbers
        ("They won 2-1.", "They lost 1-2.", ["1-2"]),
        ("It takes 10-15 minutes.", "It takes 15-10 minutes.", ["15-10"]),
        ("Half of them came.", "A third of them came.", ["A third"]),
        ("Two-thirds of them came.", "Three-quarters of them came.", ["Three-quarters"]),
        ("It was 5 degrees.", "It was -5 degrees.", ["-5"]),
        ("She is 34.", "She is 43 years old.", ["43"]),
        ("It grew 1.5%.", "It grew 1.6%.", ["1.6"]),
        ("Call 555-0123.", "Call 555-0124.", ["0124"]),
        ("About 6 million died.", "About 6 billion died.", ["6 billion"]),
        ("It cost a million.", "It cost a billion.", ["a billion"]),
        ("He had nine goals.", "He had around ten goals.", []),
        ("He had six goals.", "He had around ten goals.", ["ten"]),
    ],
)
def test_what_the_article_lacks_is_listed(article: str, sentence: str, lacks: list[str]) -> None:
    assert missing(article, sentence) == lacks


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        # names
        ("Kemal Erdoğan won.", "It was Kemal Erdogan who won."),
        ("Kemal Erdogan won.", "Erdoğan won."),
        ("Łukasz Żak and Søren Kjær met.", "There Lukasz Zak met Soren Kjaer."),
        ("Bill O’Reilly spoke.", "It was Bill O'Reilly's show."),
        ("J.K. Rowling wrote it.", "It was by J. K. Rowling."),
        ("Daphne van der Berg won.", "It was van der Berg who won."),
        ("Barack and Michelle Obama came.", "Then Barack Obama came."),
        ("Ann Smith and her family moved.", "The Smiths moved."),
        ("Simon Fischer-Baum spoke.", "Then Simon Fischer-Baum spoke."),
        ("The Dutch won.", "The Netherlands won, and the Dutchmen danced."),
        ("England lost.", "The British side lost."),
        ("Democratic senators met.", "The Democrats met."),
        ("A congressional panel met.", "A panel of Congress met."),
        ("The Nato summit began.", "NATO met."),
        ("The Nato summit began.", "Members of the North Atlantic Treaty Organization met."),
        ("The National Oceanic and Atmospheric Administration spoke.", "NOAA's experts spoke."),
        ("An MP spoke.", "Several MPs spoke."),
        ("A lab for artificial intelligence opened.", "An AI lab opened."),
        ("It fell in World War II.", "It fell in World War Two, or the second World War."),
        ("It fell in World War Two.", "It fell in World War II."),
        ("Mr Li, the premier, spoke.", "Then Premier Li spoke."),
        ("He is from Louisville, Ky.", "He is from Louisville, Kentucky."),
        # beginnings of sentences and quotations
        ("They came.", "Weightlifters came. Ploughing went on."),
        ("They came.", "\"Don't go,\" he said. \"We've had enough.\""),
        ("They came.", "Regaining it was hard."),
        ("Ed Hurme spoke.", "Biologist Ed Hurme spoke."),
        ("They came today.", "This year, as every month, they came."),
        # a lost space
        ("It was released Tuesdayfrom a server.", "It came on Tuesday."),
        ("It was reported inJAMA Pediatrics today.", "It was in JAMA Pediatrics."),
        ("So saysAshley Ward, of Duke University's hub.", "Ashley Ward of Duke University."),
        # units and currencies
        ("It is 5 km long.", "It is 5 kilometres long."),
        ("It took 2 weeks.", "It took two weeks, a fortnight."),
        ("It cost $5-10 million.", "It cost $5 million to $10 million."),
        ("It cost $5 million to $10 million.", "It cost $5-10 million."),
        ("From 3 to 5 per cent.", "It was 3% or 5%."),
        ("It cost A$40.", "It cost $40."),
        ("It cost 40 Canadian dollars.", "It cost C$40."),
        ("A one million US dollar reward.", "It was US$1m."),
        ("He ran 100m.", "He ran 100 metres."),
        ("Ms Roe, 34, won.", "The 34-year-old won."),
        ("The strike is in its seventh week.", "It is a seven-week strike."),
        ("He lost with 403.25 - well short.", "He had 403.25 points."),
        ("It was 86F.", "It was 86 degrees."),
        ("It weighs 700 pounds.", "It is a 700-pound, or 700lb, rover."),
        # dates and times
        ("It was on 3 March.", "It was on March 3rd, or Mar. 3."),
        ("It ran from March 3 to 5.", "It ended on 5 March."),
        ("It was on 2019-03-05.", "It was on 5, not 3, in 2019."),
        ("It opens at 3 p.m.", "It opens at 3pm, that is 15:00."),
        ("It opens at 3.30pm.", "It opens at 3:30 p.m."),
        # numbers
        ("They won 2-1.", "They won by two goals to one, 2 to 1."),
        ("They won by 2 goals to 1.", "They won 2-1."),
        ("Half of them came.", "About 50% of them came."),
        ("33 per cent came.", "A third of them came."),
        ("It asked for 15 per cent and got 8.", "It got about half of what it asked for."),
        ("One in four came.", "A quarter of them came."),
        ("It fell 5%.", "It was at -5%."),
        ("It was minus five degrees.", "It was -5 degrees."),
        ("Sales of 1.3% more.", "Sales rose more than 1%."),
        ("Half a million came.", "Some 500,000 came."),
        ("It has 5,00,000 people.", "It has 500,000 people."),
        ("A pair of them came.", "The two came."),
    ],
)  # fmt: skip
def test_another_form_of_what_the_article_says_passes(article: str, sentence: str) -> None:
    assert missing(article, sentence) == []


def test_a_name_that_begins_a_sentence_is_one_unless_it_is_an_ordinary_word() -> None:
    assert [fact.text for fact in facts("Johnson came.")] == ["Johnson"]
    assert [fact.text for fact in facts("Campaigners came.")] == []
    assert [fact.text for fact in facts("This year he came.")] == []


@pytest.mark.parametrize(
    ("word", "value"), [("XIV", 14), ("II", 2), ("IX", 9), ("Ivy", 0), ("", 0)]
)
def test_roman_numerals(word: str, value: int) -> None:
    assert roman(word) == value


def test_capital_text_and_small_text_are_compared_without_case() -> None:
    assert (
        missing("THE MAYOR OF LEEDS, ANN COLE, WON ON MAY 3.", "Ann Cole of Leeds won on 3 May.")
        == []
    )
    assert (
        missing("the mayor of leeds, ann cole, won on may 3.", "Ann Cole of Leeds won in May.")
        == []
    )
