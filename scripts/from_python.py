"""Dateline from Python, cell by cell, as a notebook has it; runs as a script too.

python scripts/from_python.py
"""

# %% The stages of a configuration. Overrides are those of `dateline run`.
import pipeline

dateline = pipeline.load("summarizer=extractive")

# %% Texts, or dicts with the fields of an article. One result for each, in the same order.
articles = dateline(
    [
        {
            "title": "Harbour closes for three weeks",
            "text": "The harbour at Ostend in Belgium will close for three weeks from Monday after "
            "a dredger sank in its only channel, the port authority said on Friday. All nine "
            "people on board were rescued by a pilot boat. Two cranes from Rotterdam are to lift "
            "the wreck.",
        },
        "Too short to be summarised, and about nothing in particular.",
        "",
    ]
)
for article in articles:
    if article.rejection is not None:
        print("rejected:", article.rejection.reason)
        continue
    print(article.region_name, [country.alpha2 for country in article.countries if country.focus])
    print(article.topic_name, article.topic_score)
    print(article.summary or f"no summary: {article.summary_note}")

# %% The check of a summary, whoever wrote it.
checker = pipeline.load_checker()
for sentence in checker(articles[0].text, "The harbour at Ghent closes for 3 weeks."):
    print(f"{sentence.support:.2f}", sentence.text, "not in the article:", sentence.unsupported)

# %% A run that is there: dateline run source=... run.name=monday
# frame = pipeline.open_run("monday").to_pandas()
# frame.groupby(["region_name", "topic_name"]).size()
