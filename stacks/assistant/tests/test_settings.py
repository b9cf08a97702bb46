"""Settings that are wrong are said in a line, by name, without their values."""

from __future__ import annotations

import pytest

from assistant.settings import from_environment


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LLM_BASE_URL", "localhost:11434", "LLM_BASE_URL: must begin with http:// or https://"),
        ("DASHBOARD_PASSWORD", "hunter2", "settings: DASHBOARD_PASSWORD needs a SECRET_KEY of at least 32"),
        ("HISTORY_LIMIT", "0", "HISTORY_LIMIT: "),
    ],
)
def test_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        from_environment()
    error = capsys.readouterr().err
    assert said in error
    assert "hunter2" not in error


def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", "")
    monkeypatch.setenv("LLM_SILENCE_SECONDS", "")
    assert from_environment().telegram_api_url == "https://api.telegram.org"
