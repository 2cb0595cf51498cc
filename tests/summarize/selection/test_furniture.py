"""What is no sentence of the news: dropped, or cut off the sentence it is glued to."""

from __future__ import annotations

import pytest

from pipeline.summarize.selection.furniture import cleaned, cleaned_sentences, is_glued

NEWS = "The harbour at Ostend will close for three weeks in May, the port authority said."


@pytest.mark.parametrize(
    "line",
    [
        "By Maria Lindqvist for the Evening Echo",
        "UPDATED: 09:12 GMT, 4 March 2021.",
        "PUBLISHED:.",
        "14:32 EST, 11 November 2016.",
        "Scroll down for video.",
        "Media playback is unsupported on your device",
        "Image caption The bridge was built in 1911.",
        "Image source, Getty Images",
        "Read more: Ten bridges that should have been closed years ago.",
        "READ MORE: Why the bridge was never repaired.",
        "Sign up for our weekly newsletter and never miss a story.",
        "Subscribe here to get it delivered to your inbox.",
        "Follow us on Twitter, Facebook and Instagram.",
        "Follow @harbourpilot on Twitter to join the conversation about ships.",
        "Story continues below.",
        "Copyright 2024 Harbour Media. All rights reserved.",
        "This article was originally published on Grist.",
        "Anna Berg and Tom Voss contributed to this report.",
        "Reporting by Jan Kowal; editing by Ruth Adeyemi.",
        "Photo: The mayor at the opening of the bridge.",
        "Tragedy: The ferry capsized within sight of the harbour wall.",
        "Back in town: The singer with her new band in 2010.",
        "Mayor Eva Holm poses with the winners of the regatta.",
        "A tanker is seen in this file photo near the harbour.",
        "— Harbour Pilot (@harbourpilot) July 23, 2018.",
        "If you have been affected by this story, call the helpline.",
        "WHAT THE COUNCIL DID NOT WANT YOU TO KNOW!",
        "[PHOTO]http://images.example.net/bridge-1024x683.jpg[/PHOTO].",
        "Wednesday, September 11, 2019.",
        "The BBC is not responsible for the content of external sites.",
        "You may also be interested in:",
        "Gallagher's day in the spotlight",
        "UPDATED:.",
        "...",
        "and the second bridge was closed too.",
        "S. ships on three of the harbours.",
    ],
)
def test_furniture_is_dropped(line: str) -> None:
    assert cleaned(line) is None


@pytest.mark.parametrize(
    "sentence",
    [
        NEWS,
        "He said: “Read more books and you will see.”",
        "Twitter said it would let users follow more than 5,000 accounts.",
        "Photographs of the damage, taken by a drone, were shown to the jury.",
        "About 9.9 million people signed up for health cover last year, the ministry said.",
        "The mayor told the BBC that the picture was taken in 2019.",
        "Police: the word alone brings fear to the village, he said.",
        "The company moved its seat from London to the U.S.",
        "The first train leaves at 5 a.m.",
        "Here is the catch: The fund will run out in March.",
        "iPhone sales fell by a tenth in China.",
    ],
)
def test_news_stays_as_it_is(sentence: str) -> None:
    assert cleaned(sentence) == sentence


@pytest.mark.parametrize(
    "stamp",
    [
        "LONDON (Reuters) - ",
        "LONDON, March 4 (Reuters) – ",
        "OSTEND, Belgium (AP) — ",
        "WEST PALM BEACH, Fla. — ",
        "BEIJING, July 27 (Xinhua) -- ",
        "KUALA LUMPUR, July 22 (Bernama) -- ",
        "Brussels (CNN)",
        "Brussels (CNN) -- ",
        "(CNN) -- ",
        "New York CNN — ",
        "Near the border, Kharkiv region, Ukraine CNN — ",
        "New Delhi: ",
        "Romulus — ",
        "Srinagar- ",
        "Ostend, March 4: ",
        "CAIRO - 25 July 2022: ",
        "afrol News, 27 January - ",
        "BREAKING: ",
        "EXCLUSIVE: ",
        "• ",
        "14:20 GMT - ",
        "Media playback is not supported on this device ",
        "The quay of Ostend in 2019 (Jan Kowal/Reuters) ",
        '" ',
        "What happens next\n",
        "Gallagher's day in the spotlight\n\n",
    ],
)
def test_what_stands_before_a_sentence_is_cut_off(stamp: str) -> None:
    assert cleaned(stamp + NEWS) == NEWS


@pytest.mark.parametrize(
    "end", [" opens new tab.", " (pictured).", " (Reporting by Jan Kowal; Editing by Ruth Dale)"]
)
def test_what_stands_after_a_sentence_is_cut_off(end: str) -> None:
    assert (cleaned(NEWS[:-1] + end) or "").rstrip(".") == NEWS[:-1] or cleaned(NEWS + end) == NEWS


def test_hard_wrapped_lines_are_one_sentence_and_headings_are_not() -> None:
    wrapped = [
        "The harbour at Ostend will\nclose for three weeks in May, the\nPort Authority said."
    ]
    assert cleaned_sentences(wrapped) == [
        "The harbour at Ostend will close for three weeks in May, the Port Authority said."
    ]
    assert cleaned_sentences(["Why it matters\nThe harbour feeds four towns."]) == [
        "The harbour feeds four towns."
    ]


def test_a_headline_glued_to_the_first_sentence_is_cut_off() -> None:
    glued = (
        "Ostend harbour: Pilots end strike over night shifts The pilots of Ostend harbour have "
        "ended a strike over night shifts after nine days."
    )
    rest = "The pilots of Ostend harbour have ended a strike over night shifts after nine days."
    assert cleaned_sentences([glued]) == [rest]
    assert cleaned_sentences(
        ["Pilots end strike at last " + rest], "Pilots end strike at last"
    ) == [rest]
    assert cleaned_sentences([rest]) == [rest]


@pytest.mark.parametrize(
    "sentence",
    [
        "OSTEND — For nine days the pilots have kept Ostend harbour and its pilots' union waiting.",
        "Port Authority leader Una Daly said Port Authority pilots in Ostend are asking too much.",
        "Mr Voss, the leader of the pilots of Ostend, met Mr Holm, the leader of its dockers.",
        "The pilots of Ostend, who led the strike of the pilots, say The Echo lied about pilots.",
    ],
)
def test_a_sentence_that_repeats_a_name_is_no_headline(sentence: str) -> None:
    assert cleaned_sentences([sentence]) == [sentence.removeprefix("OSTEND — ")]


def test_a_text_in_capitals_is_no_row_of_headings() -> None:
    text = ["THE HARBOUR AT OSTEND WILL CLOSE IN MAY.", "PILOTS SAID THEY HAD NOT BEEN ASKED."]
    assert cleaned_sentences(text) == text


def test_a_sentence_that_was_cut_at_an_abbreviation_is_none() -> None:
    first, second = "She was named ambassador to the U.S.", "Senator Ida Holm objected."
    assert cleaned_sentences([first, "The post had been empty."])[0] == first
    assert cleaned_sentences(["The tour was led by Sgt.", second])[0] is None


def test_words_that_lost_the_space_between_them_are_parted_or_told() -> None:
    assert cleaned("She told theDaily Echo so on Monday, saidTom Voss.") == (
        "She told the Daily Echo so on Monday, said Tom Voss."
    )
    assert is_glued("The case was heard afterRoe was overturned.")
    assert is_glued("The port closed.Ships had to wait outside.")
    for name in ("YouTube", "eBay", "iPhone", "McDonald", "al-Shabab", "ScotRail", "WhatsApp"):
        assert not is_glued(f"The firm {name} was founded long ago.")


@pytest.mark.parametrize(
    "heading",
    [
        "Harbour crash: Saviour of crew 'too modest' ",
        "Mayor Petra Lind quits over ferry contract ",
    ],
)
def test_a_headline_before_an_article_is_cut_off_though_it_is_no_title(heading: str) -> None:
    sentence = (
        "The mayor who saved her crew from the crash has told the harbour board about a contract."
    )
    [found] = cleaned_sentences([heading + sentence], "Another title")
    assert found == sentence
    named = "Fans of Rosa Blum's new detective series The Harbour will see it return on Sunday."
    assert cleaned_sentences([named]) == [named]


def test_a_label_before_a_colon_begins_a_headline_too() -> None:
    heading = "Marlow: We did not spill oil in Ostend harbour"
    sentence = "Marlow has said claims it spilled oil in the harbour of Ostend were plainly false."
    assert cleaned_sentences([f"{heading} {sentence}"]) == [sentence]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("17:20 Power has come back to Jutland.", "Power has come back to Jutland."),
        ("4:05 p.m. The bridge has reopened to cars.", "The bridge has reopened to cars."),
        ("Send us your pictures of the storm.", None),
        ("Good afternoon and welcome to our live coverage.", None),
        ("An earlier version of this report said that three people had died.", None),
    ],
)
def test_of_a_live_blog_or_a_corrected_report_the_news_is_left(
    line: str, sentence: str | None
) -> None:
    assert cleaned(line) == sentence


def test_lines_are_sentences_where_an_article_has_no_full_stop() -> None:
    lines = ["Village without rain", "The village has had no rain for 211 days, the mayor said"]
    assert cleaned_sentences(lines) == [None, f"{lines[1]}."]
    assert cleaned_sentences([*lines, "Lorries bring water."])[1] is None
