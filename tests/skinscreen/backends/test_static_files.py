from django.contrib.staticfiles.storage import HashedFilesMixin

from skinscreen.backends.static_files import StaticFiles


def test_the_url_of_a_file_is_computed_once(monkeypatch):
    computed = []
    monkeypatch.setattr(
        HashedFilesMixin, "url", lambda _, name, force: computed.append(name) or name
    )
    files = StaticFiles()
    assert [files.url(name) for name in ("a.css", "b.js", "a.css")] == ["a.css", "b.js", "a.css"]
    assert computed == ["a.css", "b.js"]
