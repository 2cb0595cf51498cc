"""The language detector: sure of articles, silent without words."""

from __future__ import annotations

import pytest

from pipeline.ingest.language import LanguageDetector


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The parliament voted on Monday to raise the tax on sugar and other sweeteners.", "en"),
        ("Das Parlament hat am Montag beschlossen, die Steuer auf Zucker zu erhöhen.", "de"),
        ("Le parlement a voté lundi une hausse de la taxe sur le sucre et les sodas.", "fr"),
        ("Парламент в понедельник проголосовал за повышение налога на сахар.", "ru"),
        ("议会周一投票决定提高糖税。政府表示这将改善公众健康。", "zh"),
        ("", None),
        ("2026 123 456", None),
        ("😀", None),
    ],
)
def test_languages(text: str, language: str | None, detect: LanguageDetector) -> None:
    assert detect(text) == language
