"""Articles written for the tests, and notices of two templates."""

STORY = (
    "The harbour of Tallinn will be closed to large ships for six weeks from March, the port "
    "authority said on Tuesday. Divers found cracks in two of the older quays, which were built "
    "in 1962 and repaired last in 1999. Ferries to Helsinki and Stockholm will leave from the "
    "new terminal instead. The work is expected to cost 14 million euros, of which the state "
    'pays half. "We cannot wait for another winter," said Kaja Tamm, who heads the authority. '
    "Fishing boats are not affected. The opposition called the decision late and asked for an "
    "inquiry into why earlier reports had been ignored. A spokesman for the ministry said the "
    "reports had been read."
)

OTHER = (
    "Farmers in the valley of the Ebro began to harvest almonds three weeks early after the "
    "driest spring since records began. Cooperatives in Aragon expect a third less than in the "
    "year before. Prices at the exchange in Reus rose by a fifth in one month. Growers ask for "
    "loans without interest and for wells that were closed in 2017 to be opened again until the "
    "autumn rains."
)

WEATHER = (
    "Forecast for {place}: {day} will be dry with some clouds. Highs of {high} degrees are "
    "expected in the afternoon and lows of {low} at night. Winds from the west will be light. "
    "The pollen count is moderate. Those who go to the hills should carry water and a hat, and "
    "come back before dark. The next bulletin will be issued in the evening by the weather "
    "service on its web page."
)

RESULTS = (
    "{firm} made a profit of {profit} million crowns in the third quarter, compared with {last} "
    "million a year before, the company said on Thursday. Sales rose with demand from abroad. "
    "The board keeps its forecast for the year. Analysts had expected a result of about that "
    "size. The shares were little changed in early trading. The company will hold a call for "
    "investors in the afternoon and publish its full report next month, as it does every year "
    "at this time."
)
