from configparser import ConfigParser
from datetime import timedelta

from skinscreen import gunicorn
from skinscreen.run import programs, supervision


def test_the_web_server_is_not_killed_before_its_requests_may_finish(
    settings, monkeypatch, tmp_path
):
    settings.LEASE = timedelta(seconds=3)
    monkeypatch.setenv("REDIS_URL", "redis://localhost")
    programs.write_config(tmp_path)
    config = ConfigParser(interpolation=None)
    config.read(tmp_path / supervision.CONFIG)
    assert config.getint("program:web", "stopwaitsecs") > gunicorn.graceful_timeout
    assert config.getint("program:worker", "stopwaitsecs") == 3
